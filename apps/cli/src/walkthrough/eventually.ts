import { CommandFailure } from '../failure.js';
import { ApiError } from '../client/api-error.js';

const PAUSE_MS = 200;

/**
 * Asks until there is an answer: what was accepted is seen after a moment, on some installations
 * after seconds. An answer of 4xx ("unknown metric") counts as "not yet".
 *
 * @param what ends the sentence "… was not there after 30 s".
 * @param ask answers undefined while it is not there.
 */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, deadlineMs = 30_000): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    let refusal = '';
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal = ` The last answer was: ${error.message}`;
    }
    if (performance.now() >= deadline) {
      throw new CommandFailure(`${what} was not there after ${deadlineMs / 1000} s.${refusal}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Throws the sentence unless the fact holds. */
export function must(fact: boolean, sentence: string): asserts fact {
  if (!fact) throw new CommandFailure(sentence);
}
