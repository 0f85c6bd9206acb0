import { readFileSync } from 'node:fs';
import { failsWith, testContext } from '@cave/conformance';
import type { Mail, Mailer } from '@cave/core';
import { expect } from 'chai';
import type { SMTPServerOptions } from 'smtp-server';
import smtp from '../src/mailer.js';
import type { SmtpOptions } from '../src/options.js';
import { MailServer } from './support/mail-server.js';

const PAGE = new URL('../../../../docs/deployment.md', import.meta.url);
const VERIFIED = 'cave@example.com';

interface Provider {
  readonly name: string;
  /** Part of the host by which its block on the page is known. */
  readonly host: string;
  /** What people take for the credentials. */
  readonly mistake: Partial<SmtpOptions>;
  readonly refusedLogin: string;
  readonly refusedSender: string;
  readonly throttled: string;
}

const PROVIDERS: readonly Provider[] = [
  {
    name: 'Amazon SES',
    host: 'amazonaws.com',
    mistake: { password: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
    refusedLogin: '535 Authentication Credentials Invalid',
    refusedSender: '554 Message rejected: Email address is not verified',
    throttled: '454 Throttling failure: Maximum sending rate exceeded',
  },
  {
    name: 'SendGrid',
    host: 'sendgrid.net',
    mistake: { user: 'you@example.com' },
    refusedLogin: '535 Authentication failed: The provided authorization grant is invalid, expired, or revoked',
    refusedSender: '550 The from address does not match a verified Sender Identity',
    throttled: '451 Too many messages, try again later',
  },
];

/** The settings that the page gives for a provider, as they stand there. */
function settingsOnPage(host: string): Record<string, string> {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```yaml\nmail:\n((?: {2}.+\n)+)```/g)].map(([, lines = '']) => lines);
  const block = blocks.find((lines) => lines.includes(host));
  if (block === undefined) throw new Error(`docs/deployment.md has no settings for ${host}.`);
  return Object.fromEntries(block.trimEnd().split('\n').map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]));
}

const reply = (text: string): Error => Object.assign(new Error(text.slice(4)), { responseCode: Number(text.slice(0, 3)) });
const mail: Mail = { id: 'mail-1', to: ['you@example.com'], subject: 'Subject', text: 'Text' };

describe('SMTP mailer by the settings of a mail service', function () {
  this.timeout(20_000);
  for (const { name, host, mistake, refusedLogin, refusedSender, throttled } of PROVIDERS) {
    describe(name, () => {
      const settings = settingsOnPage(host);
      const opened: Mailer[] = [];
      /** Each login: by whom, and whether under TLS. */
      let logins: { readonly user: string | undefined; readonly secure: boolean }[];
      let answerToMail: string | null;
      let server: MailServer;

      beforeEach(async () => {
        logins = [];
        answerToMail = null;
        server = await new MailServer(behaving()).listen();
      });
      afterEach(async () => {
        await Promise.all(opened.splice(0).map((mailer) => mailer.close(AbortSignal.abort())));
        await server.kill();
      });

      /** The service's own ways: it takes its user and password after STARTTLS alone, and mails from a known sender. */
      function behaving(): Omit<SMTPServerOptions, 'key' | 'cert'> {
        return {
          hideENHANCEDSTATUSCODES: true,
          authMethods: ['PLAIN', 'LOGIN'],
          allowInsecureAuth: false,
          onAuth: ({ username, password }, session, done) => {
            logins.push({ user: username, secure: session.secure });
            if (username === settings['user'] && password === settings['password']) done(null, { user: username });
            else done(reply(refusedLogin));
          },
          onMailFrom: ({ address }, _session, done) => {
            if (answerToMail !== null) done(reply(answerToMail));
            else if (address === VERIFIED) done();
            else done(reply(refusedSender));
          },
        };
      }

      /** Exactly the page's settings; only where the server is, and whose certificate it has, is the test's. */
      const open = async (changes: Partial<SmtpOptions> = {}): Promise<Mailer> => {
        const { properties } = smtp.options;
        const defaults = Object.fromEntries(Object.entries(properties).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])));
        const options = { ...defaults, ...settings, host: '127.0.0.1', port: server.port, 'tls-ca': server.certificate.cert, ...changes } as unknown as SmtpOptions;
        const mailer = smtp.create(options, testContext());
        opened.push(mailer);
        await mailer.start();
        return mailer;
      };

      it('names settings that the adapter has, port 587 and required TLS', () => {
        for (const key of Object.keys(settings)) expect(Object.keys(smtp.options.properties), key).to.include(key);
        expect(settings).to.include({ port: '587', tls: 'required' });
        if (name === 'SendGrid') expect(settings['user']).to.equal('apikey');
      });

      it('logs in after STARTTLS, as the user of the page, and sends', async () => {
        const { accepted } = await (await open()).send(mail);
        expect(accepted).to.deep.equal(['you@example.com']);
        expect(server.arrivedFrom(VERIFIED)).to.have.length(1);
        expect(logins.length).to.be.above(0);
        for (const login of logins) expect(login).to.deep.equal({ user: settings['user'], secure: true });
      });

      it('neither logs in nor sends where STARTTLS is not offered', async () => {
        const bare = await new MailServer({ ...behaving(), allowInsecureAuth: true, disabledCommands: ['STARTTLS'] }).listen();
        try {
          const error = await failsWith('configuration', 'start', () => open({ port: bare.port }));
          expect(error.message).to.include('STARTTLS');
          expect(logins).to.deep.equal([]);
        } finally {
          await bare.kill();
        }
      });

      it('does not start with what people take for the credentials, and names the settings', async () => {
        const error = await failsWith('configuration', 'start', () => open(mistake));
        expect(error.message).to.include('mail.user').and.include('mail.password').and.include(refusedLogin);
        expect(error.message).to.not.include(settings['password'] ?? '');
      });

      it('says what the service says of a sender that it does not know, and does not call it passing', async () => {
        const error = await failsWith('invalid_argument', 'send', async () => (await open({ from: 'nobody@example.org' })).send(mail));
        expect(error.message).to.include(refusedSender);
      });

      it('calls a mail over the rate one to be tried again, under the same Message-ID', async () => {
        const mailer = await open();
        answerToMail = throttled;
        const error = await failsWith('unavailable', 'send', () => mailer.send(mail));
        expect(error.message).to.include(throttled);
        answerToMail = null;
        await mailer.send(mail);
        expect(server.arrivedFrom(VERIFIED).map(({ messageId }) => messageId)).to.deep.equal(['<mail-1@example.com>']);
      });
    });
  }
});
