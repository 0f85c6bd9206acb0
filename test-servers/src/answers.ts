import { connect } from 'node:net';
import type { ServerName } from './contract.js';

/** The shortest question of each protocol that a server answers only once it serves. */
const QUESTIONS: Readonly<Record<ServerName, Buffer>> = {
  // SSLRequest: one letter comes back.
  postgres: Buffer.from('0000000804d2162f', 'hex'),
  redis: Buffer.from('PING\r\n'),
  // A protocol header of a version that is not spoken: the right one comes back.
  rabbitmq: Buffer.from('AMQP\0\0\x09\x01', 'latin1'),
  influxdb: Buffer.from('GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  // ApiVersions.
  kafka: Buffer.from('0000000e0012000000000001000463617665', 'hex'),
};
const ANSWER_WITHIN_MS = 2_000;

/** Whether the server at this port of loopback answers. */
export function answers(name: ServerName, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(QUESTIONS[name]));
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => settle(false));
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
