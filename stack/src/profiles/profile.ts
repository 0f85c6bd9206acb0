import type { AwsGateway, EmulatorName, ServerName, TestServer } from '@cave/test-servers';
import type { StackService } from '../service-process.js';

export type StackServerName = ServerName | EmulatorName;

/** A server of the stack. */
export interface StackServer extends TestServer {
  readonly name: StackServerName;
  readonly address: URL;
}

export type Environment = Readonly<Record<string, string>>;

/** How the services find the servers of a running stack. */
export interface Connections {
  /** What a service is told beside what it is told in every profile. */
  environment(service: StackService): Environment;
  /** What all calls to AWS pass; null where the profile makes none. */
  readonly gateway: AwsGateway | null;
  /** Ends what `connect` began. */
  close(): Promise<void>;
}

/** A profile of CAVE as a stack of processes on this machine. */
export interface StackProfile {
  /** Started before the services, all at once. */
  readonly servers: readonly StackServerName[];
  /** Begins what stands between servers and services. `noteCalls`: the gateway keeps every call it saw. */
  connect(servers: readonly StackServer[], options: { readonly noteCalls: boolean }): Promise<Connections>;
}

export function serverOf(servers: readonly StackServer[], name: StackServerName): StackServer {
  const found = servers.find((server) => server.name === name);
  if (found === undefined) throw new Error(`The stack has no ${name}.`);
  return found;
}
