import { addressVariable, type ServerName, type TestServer } from './contract.js';
import { nativeServer, nativelyInstalled } from './native.js';

/** Why no such server can be had here, as a clause; null when one can. */
export function absent(name: ServerName): string | null {
  if (process.env[addressVariable(name)] !== undefined || nativelyInstalled(name)) return null;
  return `neither ${addressVariable(name)} nor a native server (scripts/services install ${name})`;
}

/** Whether `CAVE_TEST_REQUIRE` turns the absence of this server into a failure. */
export function required(name: ServerName): boolean {
  return (process.env['CAVE_TEST_REQUIRE'] ?? '').split(',').includes(name);
}

/** The server that the environment names, else one started here in a temporary directory on free ports. */
export async function testServer(name: ServerName): Promise<TestServer> {
  const named = process.env[addressVariable(name)];
  if (named !== undefined) return { url: named, cuttable: null, guarded: null, control: null, stop: () => Promise.resolve() };
  return nativeServer(name);
}
