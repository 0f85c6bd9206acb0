import { MAX_TAGS, RESERVED_METRICS, nameProblem } from './names.js';
import type { PointBatch, PointIdentity, Series, Tags } from './point-batch.js';
import { seriesKey } from './series-key.js';
import { normalizeTimestamp } from './timestamp.js';
import type { TimeBounds } from './timestamp.js';

/** What is wrong with one point of a publish body. */
export interface PointFault {
  /** Place of the point in the input. */
  readonly index: number;
  /** JSON pointer into the input, such as `/3/tags/host`. */
  readonly path: string;
  /** A sentence. */
  readonly message: string;
}

export type PointBatchResult = { readonly ok: true; readonly batch: PointBatch } | { readonly ok: false; readonly faults: readonly PointFault[] };

export interface PointBatchContext {
  readonly database: string;
  readonly cluster: string | null;
  readonly identity: PointIdentity;
  readonly bounds: TimeBounds;
}

/** More faults than this are not listed. */
export const MAX_POINT_FAULTS = 100;

/**
 * Checks the points of a publish body, parsed from JSON, and puts them into columns. All or
 * nothing: with one fault there is no batch. Unknown members of a point are ignored, missing
 * `tags` are none. The tags of `input` are referred to, not copied.
 *
 * Every published point of CAVE passes here, so the common case allocates nothing for a
 * point of a known series but its key.
 */
export function buildPointBatch(input: readonly unknown[], context: PointBatchContext): PointBatchResult {
  const { oldest, newest } = context.bounds;
  const times = new Float64Array(input.length);
  const values = new Float64Array(input.length);
  const seriesIndex = new Uint32Array(input.length);
  const dictionary = new SeriesDictionary();
  const faults: PointFault[] = [];

  for (let i = 0; i < input.length && faults.length < MAX_POINT_FAULTS; i += 1) {
    const point = input[i];
    if (typeof point !== 'object' || point === null || Array.isArray(point)) {
      faults.push({ index: i, path: `/${i}`, message: 'A point must be an object.' });
      continue;
    }
    const { name, timestamp, value, tags } = point as { name?: unknown; timestamp?: unknown; value?: unknown; tags?: unknown };

    const time = typeof timestamp === 'number' ? normalizeTimestamp(timestamp) : NaN;
    if (time >= oldest && time <= newest) times[i] = time;
    else faults.push({ index: i, path: `/${i}/timestamp`, message: timestampFault(timestamp, time, context.bounds) });

    if (typeof value === 'number' && Number.isFinite(value)) values[i] = value;
    else faults.push({ index: i, path: `/${i}/value`, message: 'The value must be a finite number.' });

    const known = dictionary.find(name, tags);
    if (known >= 0) seriesIndex[i] = known;
    else addSeriesFaults(faults, i, name, tags);
  }

  if (faults.length > 0) return { ok: false, faults: faults.slice(0, MAX_POINT_FAULTS) };
  const { database, cluster, identity } = context;
  return { ok: true, batch: { database, cluster, identity, series: dictionary.series, seriesIndex, times, values } };
}

const NO_TAGS: Tags = Object.freeze({});

/** Numbers the series of a batch. A series is checked once, when it is first met. */
class SeriesDictionary {
  readonly series: Series[] = [];
  /** By `seriesKey`, and by the same text in each other order of tags that was sent. */
  readonly #numbers = new Map<string, number>();

  /** The number of the series; −1 when something is wrong with it. */
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
    return this.#numbers.get(key) ?? this.#add(key, inOrder, name, (tags as Tags | undefined) ?? NO_TAGS);
  }

  #add(key: string, inOrder: boolean, name: string, tags: Tags): number {
    if (!isLegalSeries(name, tags)) return -1;
    // Tags in order of their names make the key the canonical one already.
    const canonical = inOrder ? key : seriesKey(name, tags);
    let number = inOrder ? undefined : this.#numbers.get(canonical);
    if (number === undefined) {
      number = this.series.push({ name, tags }) - 1;
      this.#numbers.set(canonical, number);
    }
    if (!inOrder) this.#numbers.set(key, number);
    return number;
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

/** The slow path: says what `SeriesDictionary` refused. */
function addSeriesFaults(faults: PointFault[], index: number, name: unknown, tags: unknown): void {
  const add = (path: string, message: string): void => {
    faults.push({ index, path: `/${index}${path}`, message });
  };
  const wrongName = textProblem(name);
  if (wrongName !== null) add('/name', `The name ${wrongName}.`);
  else if (RESERVED_METRICS.has(name as string)) add('/name', `The name "${name as string}" is reserved for CAVE itself.`);

  if (tags === undefined) return;
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    add('/tags', 'The tags must be an object of texts.');
    return;
  }
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) {
    add('/tags', `A point has at most ${MAX_TAGS} tags; this one has ${entries.length}.`);
    return;
  }
  for (const [tag, value] of entries) {
    const path = `/tags/${tag.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const wrongTag = textProblem(tag);
    if (wrongTag !== null) add(path, `The name of the tag ${wrongTag}.`);
    const wrongValue = textProblem(value);
    if (wrongValue !== null) add(path, `The value of the tag ${wrongValue}.`);
  }
}

function textProblem(text: unknown): string | null {
  return typeof text === 'string' ? nameProblem(text) : 'must be a text';
}

function timestampFault(timestamp: unknown, time: number, { oldest, newest }: TimeBounds): string {
  if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) return 'The timestamp must be a number of seconds since the epoch.';
  return time < oldest
    ? `The timestamp ${time} is older than the retention, which reaches back to ${oldest}.`
    : `The timestamp ${time} is more than a day ahead; the latest allowed is ${newest}.`;
}
