import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { GenericContainer as Container, StartedTestContainer } from 'testcontainers';
import { answers } from './answers.js';
import { CutProxy } from './cut-proxy.js';
import type { ServerName, TestServer } from './contract.js';
import { freePort } from './free-port.js';

/** How a server runs in a container. */
interface Recipe {
  readonly image: string;
  readonly port: number;
  /** `port` is where it is reached, `proxied` where a client that came through the proxy is sent. */
  environment(port: number, proxied: number): Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  url(port: number): string;
}

/** A second listener of Kafka for clients that come through the proxy: it tells them the proxy's port. */
const KAFKA_PROXIED_PORT = 9095;
const START_WITHIN_MS = 120_000;

const RECIPES: Readonly<Record<ServerName, Recipe>> = {
  postgres: {
    image: 'postgres:15.14',
    port: 5432,
    environment: () => ({ POSTGRES_USER: 'cave', POSTGRES_DB: 'cave', POSTGRES_HOST_AUTH_METHOD: 'trust' }),
    url: (port) => `postgres://cave@127.0.0.1:${port}/cave`,
  },
  redis: {
    image: 'redis:7.0.15',
    port: 6379,
    environment: () => ({}),
    command: ['redis-server', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--requirepass', 'cave'],
    url: (port) => `redis://:cave@127.0.0.1:${port}`,
  },
  rabbitmq: {
    image: 'rabbitmq:3.13.7',
    port: 5672,
    environment: () => ({ RABBITMQ_DEFAULT_USER: 'cave', RABBITMQ_DEFAULT_PASS: 'cave' }),
    url: (port) => `amqp://cave:cave@127.0.0.1:${port}`,
  },
  influxdb: {
    image: 'influxdb:1.8.10',
    port: 8086,
    environment: () => ({ INFLUXDB_ADMIN_USER: 'cave', INFLUXDB_ADMIN_PASSWORD: 'cave', INFLUXDB_HTTP_AUTH_ENABLED: 'true' }),
    url: (port) => `http://cave:cave@127.0.0.1:${port}`,
  },
  kafka: {
    image: 'apache/kafka:3.9.1',
    port: 9092,
    environment: (port, proxied) => ({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: `PLAINTEXT://:9092,PROXIED://:${KAFKA_PROXIED_PORT},CONTROLLER://:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${proxied}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_LOG_FLUSH_INTERVAL_MESSAGES: '1',
    }),
    url: (port) => `kafka://127.0.0.1:${port}`,
  },
};

/** Whether there is a Docker engine to ask. */
export function dockerIsThere(): boolean {
  return process.env['DOCKER_HOST'] !== undefined || existsSync('/var/run/docker.sock');
}

/**
 * Starts one in a container, on ports of the host that it keeps over kills and restarts.
 * Docker's pause stands for SIGSTOP: it freezes all processes of the container.
 */
export async function containerServer(name: ServerName): Promise<TestServer> {
  // Heavy, and of use only where no native server is installed.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const recipe = RECIPES[name];
  const port = await freePort();
  const behindProxy = name === 'kafka' ? await freePort() : port;
  const proxy = await CutProxy.start({ host: '127.0.0.1', port: behindProxy });
  const create = (): Promise<StartedTestContainer> => {
    let container: Container = new GenericContainer(recipe.image)
      .withEnvironment({ ...recipe.environment(port, proxy.port) })
      .withExposedPorts({ container: recipe.port, host: port }, ...(name === 'kafka' ? [{ container: KAFKA_PROXIED_PORT, host: behindProxy }] : []));
    if (recipe.command !== undefined) container = container.withCommand([...recipe.command]);
    return container.start();
  };
  let started = await create();
  const runtime = await getContainerRuntimeClient();
  const handle = (): ReturnType<typeof runtime.container.getById> => runtime.container.getById(started.getId());
  const served = async (): Promise<void> => {
    const end = performance.now() + START_WITHIN_MS;
    while (!(await answers(name, port))) {
      if (performance.now() > end) throw new Error(`The ${name} container did not serve within ${START_WITHIN_MS / 1000} s.`);
      await delay(100);
    }
  };
  await served();
  const through = new URL(recipe.url(port));
  through.port = String(proxy.port);
  const kill = async (): Promise<void> => {
    await handle().kill({ signal: 'SIGKILL' });
    await handle().wait();
  };
  let forgotten = false;
  return {
    url: recipe.url(port),
    cuttable: { url: through.href.replace(/\/$/, ''), cut: () => proxy.cut(), loseAnswers: () => proxy.loseAnswers() },
    guarded: null,
    control: {
      kill,
      start: async () => {
        if (forgotten) started = await create();
        else await handle().start();
        forgotten = false;
        await served();
      },
      freeze: async () => void (await handle().pause()),
      thaw: async () => void (await handle().unpause()),
      forget: async () => {
        await kill();
        await started.stop({ remove: true, removeVolumes: true });
        forgotten = true;
      },
    },
    stop: async () => {
      await proxy.close();
      if (!forgotten) await started.stop({ remove: true, removeVolumes: true });
    },
  };
}
