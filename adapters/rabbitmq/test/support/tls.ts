import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';

export interface TlsFront {
  readonly port: number;
  /** The certificate, which is its own authority. */
  readonly ca: string;
  close(): Promise<void>;
}

/** TLS in front of a server that speaks none, with a certificate for `localhost` made on the spot. */
export async function tlsFront(target: { readonly host: string; readonly port: number }): Promise<TlsFront> {
  const directory = await mkdtemp(join(tmpdir(), 'cave-tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  try {
    await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert]);
    const ca = await readFile(cert, 'utf8');
    const server = createServer({ key: await readFile(key), cert: ca }, (client) => {
      const upstream = connect(target);
      for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
        socket.pipe(other);
        socket.on('error', () => other.destroy());
        socket.on('close', () => other.destroy());
      }
    });
    server.on('tlsClientError', () => undefined); // a client that does not trust the certificate
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      port: (server.address() as AddressInfo).port,
      ca,
      close: async () => {
        server.close();
        await once(server, 'close');
      },
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
