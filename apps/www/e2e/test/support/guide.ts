import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import type { Stage } from './browser.js';

const run = promisify(execFile);
const CAVE = fileURLToPath(new URL('../../../../../cli/dist/src/main.js', import.meta.url));

/** A command of the first-visit guide as its button copies it. */
export async function copiedCommand(page: Page, title: string): Promise<string> {
  await page.getByRole('figure').filter({ hasText: title }).getByRole('button', { name: 'Copy' }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** What a command of the guide prints. `npm run cave --` stands for the command line, without looking first whether it has to be built. */
export async function outputOf(command: string, stage: Stage): Promise<string> {
  const npm = `npm() { shift 3; "${process.execPath}" "${CAVE}" "$@"; }`;
  const { stdout } = await run('/bin/sh', ['-c', `${npm}\n${command}`], { env: { PATH: process.env['PATH'] ?? '', XDG_CONFIG_HOME: stage.directory } });
  return stdout;
}
