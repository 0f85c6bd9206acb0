import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CutProxy } from './cut-proxy.js';
import { addressVariable, type Cuttable, type ServerName, type TestServer } from './contract.js';

const run = promisify(execFile);
const SERVICES = fileURLToPath(new URL('../../../scripts/services', import.meta.url));

export function nativelyInstalled(name: ServerName): boolean {
  switch (name) {
    case 'postgres': return existsSync('/usr/lib/postgresql') && readdirSync('/usr/lib/postgresql').length > 0;
    case 'redis': return onPath('redis-server');
    case 'influxdb': return onPath('influxd');
    case 'rabbitmq': return existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server');
    case 'kafka': return onPath('java') && existsSync(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cave-services', `kafka-${kafkaVersion()}`, 'complete'));
  }
}

/** The version that scripts/services.d/kafka.sh starts. */
function kafkaVersion(): string {
  return process.env['KAFKA_VERSION'] ?? /KAFKA_VERSION:-([\d.]+)/.exec(readFileSync(`${SERVICES}.d/kafka.sh`, 'utf8'))?.[1] ?? '';
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}

/** Starts one by scripts/services, in this directory, or in one of its own that is removed with it. */
export async function nativeServer(name: ServerName, kept?: string): Promise<TestServer> {
  const directory = kept ?? (await mkdtemp(join(tmpdir(), `cave-${name}-`)));
  const services = async (command: string): Promise<string> => (await run(SERVICES, [command, '--dir', directory, name])).stdout;
  const remove = async (): Promise<void> => {
    if (kept === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    await services('start');
  } catch (error) {
    await remove();
    throw error;
  }
  const printed = await services('env');
  const variable = (key: string): string | undefined => new RegExp(`^export ${key}=(.*)$`, 'm').exec(printed)?.[1];
  const url = variable(addressVariable(name));
  if (url === undefined) throw new Error(`scripts/services env ${name} printed no ${addressVariable(name)}.`);
  const guarded = variable(`${addressVariable(name)}_GUARDED`);
  const proxy = await proxyFor(url, variable(`${addressVariable(name)}_BEHIND_PROXY`), variable(`${addressVariable(name)}_PROXY_PORT`));
  const act = (command: string) => async (): Promise<void> => void (await services(command));
  return {
    url,
    cuttable: proxy,
    guarded: guarded === undefined ? null : { url: guarded, certificate: await readFile(variable(`${addressVariable(name)}_GUARDED_CERTIFICATE`) ?? '', 'utf8') },
    control: { kill: act('kill'), start: act('start'), freeze: act('freeze'), thaw: act('thaw'), forget: act('forget') },
    stop: async () => {
      await proxy.close();
      await services('stop');
      await remove();
    },
  };
}

/**
 * A server that tells its clients where to connect (Kafka) must tell them the proxy's port: it
 * has a listener of its own for that, and fixes the port beforehand.
 */
async function proxyFor(url: string, behind: string | undefined, port: string | undefined): Promise<Cuttable & { close(): Promise<void> }> {
  const target = new URL(behind ?? url);
  const proxy = await CutProxy.start({ host: target.hostname, port: Number(target.port) }, Number(port ?? 0));
  const through = new URL(url);
  through.port = String(proxy.port);
  return { url: through.href.replace(/\/$/, ''), cut: () => proxy.cut(), loseAnswers: () => proxy.loseAnswers(), close: () => proxy.close() };
}
