import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CaveError, errorCode, type ErrorCode, type Lifecycle } from '@cave/core';
import type { RemoteProcess } from './harness.js';

/*
 * A driver behind an IPC channel, so that a case can kill the process that holds it with
 * SIGKILL. The child needs `serialization: 'advanced'`, which carries bigint and bytes.
 * What a call resolves to is data, or an object with methods (a consumer), which stays in the
 * child under a number.
 */
interface Request {
  readonly call: number;
  readonly target: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
type Reply =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly target: number }
  | { readonly call: number; readonly code: ErrorCode; readonly message: string };

const DRIVER = 0;
const READY = 'driver-started';

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

const hasMethods = (value: unknown): value is Methods =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value) && Object.getPrototypeOf(value) !== Object.prototype;

/** In the child: starts `driver` and answers calls until the process is killed. */
export async function serveDriver(driver: Lifecycle): Promise<void> {
  const targets: Methods[] = [driver as unknown as Methods];
  const send = (reply: Reply | typeof READY): void => void process.send?.(reply);
  process.on('message', (request: Request) => {
    const target = targets[request.target];
    const answer = async (): Promise<Reply> => {
      const value = await target?.[request.method]?.(...request.args);
      return hasMethods(value) ? { call: request.call, target: targets.push(value) - 1 } : { call: request.call, value };
    };
    answer().then(send, (error: unknown) => send({ call: request.call, code: errorCode(error), message: error instanceof Error ? error.message : String(error) }));
  });
  await driver.start();
  send(READY);
}

/** In the parent: the driver that `child` serves, once it is started. */
export async function remoteDriver<D extends Lifecycle>(child: ChildProcess): Promise<RemoteProcess<D>> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let calls = 0;
  const object = (target: number): unknown =>
    new Proxy(
      {},
      {
        get: (_, method) => {
          if (typeof method !== 'string' || method === 'then') return undefined; // not a promise
          return (...args: readonly unknown[]) =>
            new Promise((resolve, reject) => {
              const call = calls++;
              open.set(call, { resolve, reject });
              const request: Request = { call, target, method, args: args.filter((argument) => !(argument instanceof AbortSignal)) };
              child.send(request, (error) => error !== null && reject(error));
            });
        },
      },
    );
  const [first] = (await Promise.race([once(child, 'message'), exited.then(() => [undefined])])) as [unknown];
  if (first !== READY) throw new CaveError('internal', 'The process that was to serve a driver ended before it was ready.');
  child.on('message', (reply: Reply) => {
    const waiting = open.get(reply.call);
    open.delete(reply.call);
    if ('code' in reply) waiting?.reject(new CaveError(reply.code, reply.message));
    else waiting?.resolve('target' in reply ? object(reply.target) : reply.value);
  });
  void exited.then(() => {
    for (const waiting of open.values()) waiting.reject(new CaveError('unavailable', 'The process that served the driver is gone.'));
    open.clear();
  });
  return {
    driver: object(DRIVER) as D,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/**
 * A process that serves the adapter which `module` (the URL of a file, such as
 * `import.meta.resolve('../src/work-queue.js')`) exports by default, created with these options:
 * what a harness answers to `spawnProcess`.
 */
export function spawnAdapter<D extends Lifecycle>(module: string, options: object): Promise<RemoteProcess<D>> {
  const script = fileURLToPath(new URL('./serve-adapter.js', import.meta.url));
  return remoteDriver<D>(fork(script, [module, JSON.stringify(options)], { serialization: 'advanced', execArgv: [] }));
}
