import { toCaveError } from '../../errors.js';
import type { Answer, MetricsStores, Question } from '../../ports/metrics-store.js';

interface Asked {
  readonly question: Question;
  readonly cluster: string | null;
  readonly resolve: (answer: Answer) => void;
  readonly answer: Promise<Answer>;
}

/**
 * Gathers what many checks ask in one turn of the event loop into one query for each store.
 * Checks that read alike share a question.
 */
export class QuestionBatcher {
  #asked = new Map<string, Asked>();

  constructor(private readonly metricsStores: MetricsStores) {}

  /** Answers in order. A store that cannot answer makes `error` answers, never a rejection. */
  ask(cluster: string | null, questions: readonly Question[]): Promise<readonly Answer[]> {
    return Promise.all(questions.map((question) => this.#one(cluster, question)));
  }

  #one(cluster: string | null, question: Question): Promise<Answer> {
    const key = JSON.stringify([cluster, question]);
    const same = this.#asked.get(key);
    if (same !== undefined) return same.answer;
    let resolve: (answer: Answer) => void = () => undefined;
    const answer = new Promise<Answer>((settle) => {
      resolve = settle;
    });
    if (this.#asked.size === 0) setImmediate(() => this.#flush());
    this.#asked.set(key, { question, cluster, resolve, answer });
    return answer;
  }

  #flush(): void {
    const byCluster = new Map<string | null, Asked[]>();
    for (const asked of this.#asked.values()) {
      const group = byCluster.get(asked.cluster);
      if (group === undefined) byCluster.set(asked.cluster, [asked]);
      else group.push(asked);
    }
    this.#asked = new Map();
    for (const [cluster, group] of byCluster) void this.#query(cluster, group);
  }

  async #query(cluster: string | null, group: readonly Asked[]): Promise<void> {
    try {
      const answers = await this.metricsStores.get(cluster).query(group.map((asked) => asked.question));
      group.forEach((asked, i) => asked.resolve(answers[i] ?? { kind: 'error', error: toCaveError('The store left a question without an answer.') }));
    } catch (error) {
      for (const asked of group) asked.resolve({ kind: 'error', error: toCaveError(error, 'unavailable') });
    }
  }
}
