import { Command } from 'commander';
import { ApiClient } from '../client/api-client.js';
import { ApiError } from '../client/api-error.js';
import { readSession, removeSession } from '../client/session-file.js';
import { printLine } from '../output.js';

/** `cave logout`: ends the session and forgets it. */
export function logoutCommand(): Command {
  return new Command('logout').description('end the session, and forget the tokens kept with it').action(async () => {
    const session = await readSession();
    if (session === null) {
      printLine('You are not logged in.');
      return;
    }
    try {
      await new ApiClient(session.url, session.token).call('POST', '/users/logout');
    } catch (error) {
      // A session that has expired is over already.
      if (!(error instanceof ApiError) || error.status !== 403) throw error;
    }
    await removeSession();
    printLine(`Logged out at ${session.url}.`);
  });
}
