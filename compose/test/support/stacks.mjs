import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/lib/ready.mjs';

export const COMPOSE = join(ROOT, 'compose');

/** A compose file as it reads with nothing set in the environment. */
export function composeFile(name) {
  return interpolated(parse(readFileSync(join(COMPOSE, name), 'utf8'), { merge: true }));
}

/** `${NAME:-fallback}` is the fallback, `$$` a dollar. Any other use of `$` throws. */
function interpolated(node) {
  if (typeof node === 'string') {
    return node.replace(/\$(?:(\$)|\{[A-Z_]+:-([^}]*)\}|)/g, (whole, dollar, fallback) => {
      if (dollar === undefined && fallback === undefined) throw new Error(`"${node}" has a $ that is neither doubled nor a variable with a default.`);
      return dollar ?? fallback;
    });
  }
  if (Array.isArray(node)) return node.map(interpolated);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, interpolated(value)]));
}

/** `35s`, `1m30s` in seconds. */
export function seconds(duration) {
  const [, minutes = 0, rest = 0] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  return Number(minutes) * 60 + Number(rest);
}

/** Names of the services of a stack that this repository builds. */
export function ownServices(stack) {
  return Object.keys(stack.services).filter((name) => stack.services[name].build !== undefined);
}
