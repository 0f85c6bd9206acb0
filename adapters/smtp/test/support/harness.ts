import { testContext, type MailerHarness } from '@cave/conformance';
import type { Mailer } from '@cave/core';
import type { CutProxy } from '@cave/test-servers';
import smtp from '../../src/mailer.js';
import type { SmtpOptions } from '../../src/options.js';
import { ADDRESSES, MAX_BYTES, PASSWORD, USER, type MailServer } from './mail-server.js';
import { ScriptedServer } from './scripted-server.js';

export function options(changes: Partial<SmtpOptions>): SmtpOptions {
  return {
    host: '127.0.0.1',
    port: 1,
    tls: 'required',
    'tls-verify': true,
    'tls-ca': '',
    user: USER,
    password: PASSWORD,
    from: 'CAVE <cave@example.com>',
    'client-name': '',
    'max-connections': 3,
    'idle-timeout-ms': 60_000,
    'connection-timeout-ms': 5_000,
    'response-timeout-ms': 30_000,
    'max-message-bytes': MAX_BYTES / 2,
    ...changes,
  };
}

export const make = (changes: Partial<SmtpOptions>): Mailer => smtp.create(options(changes), testContext());

/** The server and the way to it, which can be cut. A place is a sender's name. */
export function harness(server: MailServer, way: () => CutProxy): MailerHarness {
  const sender = (place: string): string => `${place}@example.com`;
  const of = (place: string): Partial<SmtpOptions> => ({ port: way().port, 'tls-ca': server.certificate.cert, from: `CAVE <${sender(place)}>` });
  return {
    name: 'smtp',
    capabilities: smtp.capabilities,
    create: async (place) => make(of(place)),
    arrived: async (place) => server.arrivedFrom(sender(place)),
    refusedAddress: ADDRESSES.refused,
    greylistedAddress: ADDRESSES.greylisted,
    deferredAddress: ADDRESSES.deferred,
    bouncedAddress: ADDRESSES.bounced,
    silentAddress: ADDRESSES.silent,
    killBroker: () => server.kill(),
    restartBroker: () => server.restart(),
    cutNetwork: () => way().cut(),
    withWrongPassword: async (place) => make({ ...of(place), password: 'wrong-password' }),
    withTlsStripped: async (place) => {
      const stripped = await new ScriptedServer((line) => (line.startsWith('STARTTLS') ? '502 5.5.1 Not implemented' : line.startsWith('EHLO') ? '250-scripted\r\n250 AUTH PLAIN' : '250 OK')).listen();
      const mailer = make({ ...of(place), port: stripped.port });
      const close = mailer.close.bind(mailer);
      mailer.close = async (signal) => {
        await close(signal);
        await stripped.close();
      };
      return mailer;
    },
    badOptions: [
      ...['nobody', 'a@b.c\r\nBcc: x@y.z', ''].map((from) => ({ title: `the sender ${JSON.stringify(from)}`, attempt: () => make({ from }) })),
      { title: 'a user without a password', attempt: () => make({ password: '' }) },
      { title: 'a password without a user', attempt: () => make({ user: '' }) },
      { title: 'an authority that is no certificate', attempt: () => make({ 'tls-ca': 'certificate' }) },
      { title: 'a name with a line break', attempt: () => make({ 'client-name': 'a\r\nb' }) },
    ],
  };
}
