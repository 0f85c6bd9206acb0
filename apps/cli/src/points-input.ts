import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { PointJson } from './client/types.js';
import { usageError } from './failure.js';

/**
 * Points from a stream of text: JSON lines, one point a line, or one JSON document, which is an
 * array of points or `{"metrics":[…]}`. JSON lines are read as they come, so that a pipe may stay
 * open. Without a timestamp a point is of now. What a point may be, the api decides.
 */
export async function* readPoints(input: Readable): AsyncGenerator<PointJson> {
  const lines = createInterface({ input, crlfDelay: Infinity });
  let number = 0;
  let document: string[] | null = null;
  for await (const line of lines) {
    number += 1;
    if (document !== null) {
      document.push(line);
    } else if (line.trim() !== '') {
      const value = parsed(line);
      if (isPoint(value)) yield withTime(value);
      else if (number === 1 || value === undefined) document = [...Array.from({ length: number - 1 }, () => ''), line];
      else throw usageError(`Line ${number} is no point; a point looks like {"name":"orders","value":1,"tags":{"shop":"a"}}.`);
    }
  }
  if (document !== null) yield* pointsOf(document.join('\n'));
}

function* pointsOf(text: string): Generator<PointJson> {
  const value = parsed(text);
  const metrics: unknown = Array.isArray(value) ? value : typeof value === 'object' && value !== null ? (value as { readonly metrics?: unknown }).metrics : undefined;
  if (!Array.isArray(metrics)) throw usageError('Standard input is neither JSON lines of points, nor an array of points, nor {"metrics":[…]}.');
  for (const [index, point] of metrics.entries()) {
    if (!isPoint(point)) throw usageError(`Entry ${index} is no point; a point looks like {"name":"orders","value":1,"tags":{"shop":"a"}}.`);
    yield withTime(point);
  }
}

type GivenPoint = Omit<PointJson, 'timestamp'> & { readonly timestamp?: number };

function isPoint(value: unknown): value is GivenPoint {
  return typeof value === 'object' && value !== null && 'name' in value && 'value' in value;
}

function withTime(point: GivenPoint): PointJson {
  return { ...point, timestamp: point.timestamp ?? Math.floor(Date.now() / 1000), tags: point.tags ?? {} };
}

/** Undefined for what is no JSON document by itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
