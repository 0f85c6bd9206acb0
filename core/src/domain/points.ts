import { MAX_TAGS, RESERVED_METRICS, nameProblem } from './names.js';
import type { PointBatch, PointIdentity } from './point-batch.js';
import { SeriesDictionary } from './series-dictionary.js';
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
 * Checks the points of publish bodies, parsed from JSON, and puts them into columns. Remembers
 * the series that it met.
 *
 * Every published point of CAVE passes here, so the common case allocates nothing for a
 * point of a known series but its key.
 */
export class PointBatchBuilder {
  readonly #dictionary = new SeriesDictionary();

  /**
   * All or nothing: with one fault there is no batch. Unknown members of a point are ignored,
   * missing `tags` are none. The tags of `input` are referred to, not copied.
   */
  build(input: readonly unknown[], context: PointBatchContext): PointBatchResult {
    const { oldest, newest } = context.bounds;
    const times = new Float64Array(input.length);
    const values = new Float64Array(input.length);
    const seriesIndex = new Uint32Array(input.length);
    const faults: PointFault[] = [];
    this.#dictionary.begin();

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

      const known = this.#dictionary.find(name, tags);
      if (known >= 0) seriesIndex[i] = known;
      else addSeriesFaults(faults, i, name, tags);
    }

    if (faults.length > 0) return { ok: false, faults: faults.slice(0, MAX_POINT_FAULTS) };
    const { database, cluster, identity } = context;
    return { ok: true, batch: { database, cluster, identity, series: this.#dictionary.end(), seriesIndex, times, values } };
  }
}

/** `PointBatchBuilder.build` for a single body. */
export function buildPointBatch(input: readonly unknown[], context: PointBatchContext): PointBatchResult {
  return new PointBatchBuilder().build(input, context);
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
