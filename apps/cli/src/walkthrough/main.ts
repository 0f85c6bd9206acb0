import { Command } from 'commander';
import { CommandFailure, USAGE } from '../failure.js';
import { apiUrl } from '../client/api-url.js';
import { openMailbox } from './mailbox.js';
import { WebhookReceiver } from './receiver.js';
import { walk } from './walk.js';

interface Options {
  readonly url: string;
  readonly mail: string;
  readonly receiverUrl?: string;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const program = new Command('walkthrough')
  .description('Drives a running CAVE over HTTP alone, from the registration of a user to the deletion of everything, and checks each answer.')
  .option('--url <url>', 'address of the api', process.env['CAVE_URL'] ?? 'http://127.0.0.1:7001')
  .option('--mail <where>', 'where mails arrive: dir:<directory of .eml files>, or http://… of a Mailpit', 'dir:./data/outbox')
  .option('--receiver-url <url>', 'where CAVE reaches webhooks of this process, which listens on its port (default: a free port of 127.0.0.1)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
  .action(run);

async function run(options: Options): Promise<void> {
  const begun = performance.now();
  const url = apiUrl(options.url);
  const mailbox = openMailbox(options.mail);
  const receiver = await WebhookReceiver.start(options.receiverUrl ?? null);
  try {
    print(`Walking through CAVE at ${url}`);
    await walk(url, mailbox, receiver, print);
  } finally {
    await receiver.close();
  }
  print(`All steps passed in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`walkthrough: ${error instanceof CommandFailure ? error.message : error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
  process.exitCode = error instanceof CommandFailure ? error.exitCode : 1;
}
