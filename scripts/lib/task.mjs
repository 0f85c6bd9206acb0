import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * @typedef {{ name: string, command: readonly string[], patienceMs: number, env?: Record<string, string> }} Task
 * @typedef {{ name: string, code: number | null, output: string, seconds: number, timedOut: boolean }} Outcome
 */

/**
 * Runs a program to its end and keeps what it prints. One that does not end by itself within
 * its patience is killed: a test run that hangs has left a handle open.
 * @param {Task} task
 * @param {string} cwd
 * @returns {Promise<Outcome>}
 */
export function runTask(task, cwd) {
  return new Promise((resolve) => {
    const started = performance.now();
    const [command = '', ...args] = task.command;
    const child = spawn(command, args, { cwd, env: { ...process.env, ...task.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let timedOut = false;
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, task.patienceMs);
    const end = (code) => {
      clearTimeout(timer);
      resolve({ name: task.name, code, output, seconds: (performance.now() - started) / 1000, timedOut });
    };
    child.on('error', (error) => {
      output += String(error);
      end(1);
    });
    child.on('close', end);
  });
}

/**
 * Runs tasks in order, one more at once than there are cores, since tests wait a lot (at most four), telling each outcome as it comes.
 * @param {readonly Task[]} tasks
 * @param {string} cwd
 * @param {(outcome: Outcome) => void} told
 */
export async function runAll(tasks, cwd, told) {
  const waiting = [...tasks];
  const lane = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) told(await runTask(task, cwd));
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism() + 1) }, lane));
}
