import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Linux distributions and macOS put it; `CAVE_TEST_CHROMIUM` names another one. */
const PLACES = [
  '/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium', '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const CHROMIUM_REQUIRED = (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes('chromium');

/** The browser of this machine; null where there is none. */
export function findChromium(): string | null {
  const named = process.env['CAVE_TEST_CHROMIUM'];
  return (named === undefined ? PLACES : [named]).find((path) => existsSync(path)) ?? null;
}

/** This machine under a name that the browser takes for another machine's, so that plain http is not trusted there. */
export const OTHER_MACHINE = 'cave.test';

export function launchChromium(executablePath: string): Promise<Browser> {
  // Chromium refuses to make its sandbox as root, which is what containers run tests as.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [`--host-resolver-rules=MAP ${OTHER_MACHINE} 127.0.0.1`, ...sandbox] });
}
