import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine without a window; throws where there is none. `CAVE_TEST_CHROMIUM` names another place. */
export async function launchChromium(): Promise<Browser> {
  const named = process.env['CAVE_TEST_CHROMIUM'];
  const places = named === undefined ? PLACES : [named];
  const executablePath = places.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error(`No browser was found at ${places.join(', ')}; CAVE_TEST_CHROMIUM names another place.`);
  // Chromium refuses to start as root with its sandbox, as in a container.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
