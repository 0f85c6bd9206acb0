import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SMTPServer } from 'smtp-server';

export interface MailSink {
  /** How a service finds it: it wants neither TLS nor a login. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** An SMTP server on loopback that keeps each mail as a file `<n>.eml`. */
export async function startMailSink(directory: string): Promise<MailSink> {
  await mkdir(directory, { recursive: true });
  let count = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      count += 1;
      const file = join(directory, `${count}.eml`);
      // Whoever reads the directory sees whole mails only.
      pipeline(stream, createWriteStream(`${file}.part`))
        .then(() => rename(`${file}.part`, file))
        .then(() => done(), done);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    environment: { MAIL_HOST: '127.0.0.1', MAIL_PORT: String(port), MAIL_TLS: 'off', MAIL_USER: '', MAIL_PASSWORD: '', MAIL_FROM: 'CAVE <cave@localhost.localdomain>' },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
