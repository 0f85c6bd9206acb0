import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

/** Where Linux distributions and macOS put it; `CAVE_TEST_CHROMIUM` names another one. */
const PLACES = [
  '/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium', '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of this machine's Chromium; null where there is none. */
export function findChromium(): string | null {
  const named = process.env['CAVE_TEST_CHROMIUM'];
  return (named === undefined ? PLACES : [named]).find((path) => existsSync(path)) ?? null;
}

/** A browser without a window, for the caller to close. Throws where there is none. `args` are further arguments for Chromium. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('There is no Chromium on this machine; install it, or name one by CAVE_TEST_CHROMIUM.');
  const { chromium } = await import('playwright-core');
  // Chromium refuses to make its sandbox as root, which is what containers run tests as.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...args, ...sandbox] });
}
