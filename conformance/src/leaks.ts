import { readdirSync, readlinkSync } from 'node:fs';
import { eventually } from './wait.js';

/** What keeps a process alive or a file open, counted by kind. */
export type OpenHandles = ReadonlyMap<string, number>;

/** Kinds that belong to the runtime and come and go by themselves. */
const TRANSIENT = new Set(['Immediate', 'TickObject', 'FSReqPromise', 'FSReqCallback', 'CloseReq', 'TTYWrap', 'PipeWrap']);

/**
 * What is open once this turn of the event loop is over. A test runner may set a timer of its
 * own right after calling a test; looked at a turn later, it is there every time.
 */
export async function settledHandles(): Promise<OpenHandles> {
  await new Promise((resolve) => setImmediate(resolve));
  return openHandles();
}

/** Active resources by Node's own account and, where /proc exists, open files and sockets. */
function openHandles(): OpenHandles {
  const counts = new Map<string, number>();
  const add = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of process.getActiveResourcesInfo()) if (!TRANSIENT.has(kind)) add(kind);
  for (const target of openFiles()) add(target);
  return counts;
}

function openFiles(): string[] {
  let descriptors: string[];
  try {
    descriptors = readdirSync('/proc/self/fd');
  } catch {
    return []; // not Linux: Node's account has to do
  }
  const targets: string[] = [];
  for (const descriptor of descriptors) {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      if (target.startsWith('socket:')) targets.push('open socket');
      else if (target.startsWith('/') && !target.startsWith('/proc/') && !target.startsWith('/dev/')) targets.push(`open file ${target}`);
    } catch {
      continue; // the descriptor of the listing itself is closed by now
    }
  }
  return targets;
}

/** Kinds that `now` has more of than `baseline`, as `kind × surplus`. */
export function surplus(baseline: OpenHandles, now: OpenHandles): string[] {
  const more: string[] = [];
  for (const [kind, count] of now) {
    const extra = count - (baseline.get(kind) ?? 0);
    if (extra > 0) more.push(`${kind} × ${extra}`);
  }
  return more;
}

/** Fails unless everything opened since `baseline` is closed again before `patienceMs` are over. */
export async function nothingLeftOpen(baseline: OpenHandles, patienceMs: number): Promise<void> {
  await eventually('every handle opened by the cases is closed', patienceMs, async () => {
    const left = surplus(baseline, await settledHandles());
    if (left.length > 0) throw new Error(`still open: ${left.join(', ')}`);
    return true;
  });
}
