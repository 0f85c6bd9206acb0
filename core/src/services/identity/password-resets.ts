import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore } from '../../ports/config-store.js';
import type { PasswordHasher } from '../../ports/password-hasher.js';
import type { AccountMails } from './account-mails.js';
import type { MailSender } from './mail-sender.js';
import { invalidToken, type RegistrationOptions } from './registration.js';
import { hashSecret, newSecret } from './secrets.js';

/** A new password for whoever reads the mails of the account. */
export class PasswordResets {
  constructor(
    private readonly store: ConfigStore,
    private readonly hasher: PasswordHasher,
    private readonly mails: AccountMails,
    private readonly sender: MailSender,
    private readonly clock: Clock,
    private readonly options: RegistrationOptions,
  ) {}

  /** Mails a link to a user; does nothing for an unknown address. */
  async request(email: string): Promise<void> {
    const user = await this.store.users.findByEmail(email);
    if (user === null) return;
    const secret = newSecret();
    const expiresAt = new Date(this.clock.nowMs() + this.options.confirmationMinutes * 60_000);
    await this.store.confirmations.insert({ hash: hashSecret(secret), purpose: 'reset_password', email: user.email, expiresAt });
    await this.sender.send(this.mails.resetPassword(user.email, secret, this.options.confirmationMinutes));
  }

  /** Sets the password and ends every session of the user. The token works once. */
  async reset(confirmationToken: string, password: string, from: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password);
    const now = new Date(this.clock.nowMs());
    const user = await this.store.transaction(async (repositories) => {
      const confirmation = await repositories.confirmations.consume(hashSecret(confirmationToken), 'reset_password', now);
      const found = confirmation === null ? null : await repositories.users.findByEmail(confirmation.email);
      if (found === null) throw invalidToken();
      await repositories.users.update(found.id, { passwordHash });
      await repositories.sessions.deleteOfUser(found.id);
      await repositories.audit.add({ who: found.email, what: `user.reset-password user/${found.id}`, from, details: {} });
      return found;
    });
    await this.sender.send(this.mails.passwordChanged(user.email, randomUUID()));
  }
}
