import { MAX_TAGS, RESERVED_METRICS, nameProblem } from './names.js';
import type { Series, Tags } from './point-batch.js';
import { seriesKey } from './series-key.js';

/** Characters of series texts that are remembered from one batch to the next. */
const REMEMBERED_CHARACTERS = 4_000_000;
/** Lists of series that are remembered, and how long one may be to be remembered. */
const REMEMBERED_LISTS = 256;
const REMEMBERED_LIST_LENGTH = 1_000;

interface KnownSeries {
  readonly id: number;
  readonly series: Series;
  /** The batch that it was last met in, and its number there. */
  batch: number;
  number: number;
}

const NO_TAGS: Tags = Object.freeze({});

/**
 * Numbers the series of batches, one batch after another. A series is checked when it is first
 * met and remembered, because an application sends the same ones again and again; a list of
 * series that comes again is the same object again, so that what is derived from it can be kept.
 */
export class SeriesDictionary {
  /** By `seriesKey`, and by the same text in each other order of tags that was sent. */
  readonly #known = new Map<string, KnownSeries>();
  /** By a hash of their series' ids. */
  readonly #lists = new Map<number, readonly Series[]>();
  #characters = 0;
  #nextId = 0;
  #batch = 0;
  #series: Series[] = [];
  #hash = 0;

  begin(): void {
    if (this.#characters > REMEMBERED_CHARACTERS) {
      // Emptied as a whole: what is in use comes back at once, and nothing is kept for ever.
      this.#known.clear();
      this.#lists.clear();
      this.#characters = 0;
    }
    this.#batch += 1;
    this.#series = [];
    this.#hash = 0;
  }

  /** The number of the series in this batch; −1 when something is wrong with it. */
  find(name: unknown, tags: unknown): number {
    if (typeof name !== 'string') return -1;
    let key = `${name.length}:${name}`;
    let inOrder = true;
    if (tags !== undefined) {
      if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return -1;
      let previous = '';
      for (const tag in tags) {
        const value = (tags as Record<string, unknown>)[tag];
        if (typeof value !== 'string') return -1;
        key += `${tag.length}:${tag}${value.length}:${value}`;
        inOrder &&= previous <= tag;
        previous = tag;
      }
    }
    const known = this.#known.get(key) ?? this.#learn(key, inOrder, name, (tags as Tags | undefined) ?? NO_TAGS);
    if (known === null) return -1;
    if (known.batch !== this.#batch) {
      known.batch = this.#batch;
      known.number = this.#series.push(known.series) - 1;
      this.#hash = Math.imul(this.#hash ^ known.id, 0x01000193);
    }
    return known.number;
  }

  /** The series of this batch, in the order of their numbers. */
  end(): readonly Series[] {
    const series = this.#series;
    const remembered = this.#lists.get(this.#hash);
    if (remembered !== undefined && remembered.length === series.length && remembered.every((one, i) => one === series[i])) return remembered;
    if (series.length <= REMEMBERED_LIST_LENGTH) {
      if (this.#lists.size >= REMEMBERED_LISTS) this.#lists.clear();
      this.#lists.set(this.#hash, series);
    }
    return series;
  }

  #learn(key: string, inOrder: boolean, name: string, tags: Tags): KnownSeries | null {
    if (!isLegalSeries(name, tags)) return null;
    // Tags in order of their names make the key the canonical one already.
    const canonical = inOrder ? key : seriesKey(name, tags);
    let known = inOrder ? undefined : this.#known.get(canonical);
    if (known === undefined) {
      known = { id: this.#nextId++, series: { name, tags }, batch: 0, number: -1 };
      this.#remember(canonical, known);
    }
    if (!inOrder) this.#remember(key, known);
    return known;
  }

  #remember(key: string, known: KnownSeries): void {
    this.#known.set(key, known);
    this.#characters += key.length;
  }
}

function isLegalSeries(name: string, tags: Tags): boolean {
  if (nameProblem(name) !== null || RESERVED_METRICS.has(name)) return false;
  let count = 0;
  for (const tag in tags) {
    count += 1;
    if (nameProblem(tag) !== null || nameProblem(tags[tag] ?? '') !== null) return false;
  }
  return count <= MAX_TAGS;
}
