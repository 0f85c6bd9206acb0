import { awsEmulator } from './aws/emulator.js';
import { containerServer, dockerIsThere } from './container.js';
import { addressVariable, isEmulator, type EmulatorName, type ServerName, type TestServer } from './contract.js';
import { nativeServer, nativelyInstalled } from './native.js';

/** Why no such server can be had here, as a clause; null when one can. */
export function absent(name: ServerName | EmulatorName): string | null {
  if (isEmulator(name)) return null; // comes with CAVE's development dependencies
  if (process.env[addressVariable(name)] !== undefined || nativelyInstalled(name) || dockerIsThere()) return null;
  return `neither ${addressVariable(name)} nor a native server (scripts/services install ${name}) nor a Docker engine`;
}

/** Whether `CAVE_TEST_REQUIRE` turns the absence of this server, or of a browser, into a failure. */
export function required(name: ServerName | EmulatorName | 'chromium'): boolean {
  return (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes(name);
}

/** The server that the environment names, else a native one in `directory` (default: a temporary one), else a container; an emulator of AWS as a process. On free ports. */
export async function testServer(name: ServerName | EmulatorName, directory?: string): Promise<TestServer> {
  if (isEmulator(name)) return awsEmulator(name, directory);
  const named = process.env[addressVariable(name)];
  if (named !== undefined) return { url: named, cuttable: null, guarded: null, control: null, stop: () => Promise.resolve() };
  return nativelyInstalled(name) ? nativeServer(name, directory) : containerServer(name);
}
