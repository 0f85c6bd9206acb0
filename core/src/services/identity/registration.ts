import { randomUUID } from 'node:crypto';
import { CaveError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, User } from '../../ports/config-store.js';
import type { PasswordHasher } from '../../ports/password-hasher.js';
import type { AccountMails } from './account-mails.js';
import type { MailSender } from './mail-sender.js';
import { hashSecret, newSecret } from './secrets.js';

export interface RegistrationOptions {
  /** Life of a confirmation link. */
  readonly confirmationMinutes: number;
}

export interface NewUser {
  readonly firstName: string;
  readonly lastName: string;
  readonly password: string;
  readonly confirmationToken: string;
}

/** How somebody becomes a user: an address, a mail with a link, a name and a password. */
export class Registration {
  constructor(
    private readonly store: ConfigStore,
    private readonly hasher: PasswordHasher,
    private readonly mails: AccountMails,
    private readonly sender: MailSender,
    private readonly clock: Clock,
    private readonly options: RegistrationOptions,
  ) {}

  /** Mails a confirmation link, or "already registered": the caller cannot tell which. */
  async register(email: string): Promise<void> {
    if ((await this.store.users.findByEmail(email)) !== null) {
      await this.sender.send(this.mails.alreadyRegistered(email, randomUUID()));
      return;
    }
    const secret = newSecret();
    const expiresAt = new Date(this.clock.nowMs() + this.options.confirmationMinutes * 60_000);
    await this.store.confirmations.insert({ hash: hashSecret(secret), purpose: 'register', email, expiresAt });
    await this.sender.send(this.mails.confirmRegistration(email, secret, this.options.confirmationMinutes));
  }

  /** Makes the user and accepts the invitations that wait. Throws `invalid_argument` for a token that is invalid or expired. */
  async confirm(input: NewUser, from: string): Promise<User> {
    const passwordHash = await this.hasher.hash(input.password);
    const now = new Date(this.clock.nowMs());
    const user = await this.store.transaction(async (repositories) => {
      const confirmation = await repositories.confirmations.consume(hashSecret(input.confirmationToken), 'register', now);
      if (confirmation === null) throw invalidToken();
      const { email } = confirmation;
      if ((await repositories.users.findByEmail(email)) !== null) {
        throw new CaveError('invalid_argument', 'This address has been registered already; log in, or ask for a new password.', { reason: 'already_registered' });
      }
      const created = await repositories.users.insert({ email, firstName: input.firstName, lastName: input.lastName, passwordHash });
      const invitations = await repositories.memberships.acceptInvitations(email, created.id);
      await repositories.audit.add({ who: email, what: `user.create user/${created.id}`, from, details: { invitations } });
      return created;
    });
    await this.sender.send(this.mails.welcome(user.email, user.firstName, user.id));
    return user;
  }
}

export function invalidToken(): CaveError {
  return new CaveError('invalid_argument', 'The confirmation token is invalid or has expired. Please ask for a new mail.', { reason: 'invalid_confirmation_token' });
}
