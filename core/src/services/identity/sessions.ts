import { CaveError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { ConfigStore, User } from '../../ports/config-store.js';
import type { PasswordHasher } from '../../ports/password-hasher.js';
import { hashSecret, newSecret } from './secrets.js';

export interface SessionOptions {
  readonly sessionMinutes: number;
}

export interface Session {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Logging in and out, and who a session token belongs to. */
export class Sessions {
  private dummyHash: Promise<string> | null = null;

  constructor(
    private readonly store: ConfigStore,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
    private readonly options: SessionOptions,
  ) {}

  /**
   * Throws `invalid_argument` "Login failed." for an unknown user and for a wrong password
   * alike; both take the time of one verification.
   */
  async login(email: string, password: string): Promise<Session> {
    const user = await this.store.users.findByEmail(email);
    const matches = await this.hasher.verify(user?.passwordHash ?? (await this.dummy()), password);
    if (user === null || !matches) throw new CaveError('invalid_argument', 'Login failed.', { reason: 'login_failed' });
    const token = newSecret();
    const expiresAt = new Date(this.clock.nowMs() + this.options.sessionMinutes * 60_000);
    await this.store.sessions.insert({ hash: hashSecret(token), userId: user.id, expiresAt });
    return { token, expiresAt };
  }

  /** Throws `forbidden`, with reason `session_expired` or `unknown_token`. */
  async authenticate(token: string): Promise<User> {
    const session = await this.store.sessions.findByHash(hashSecret(token));
    if (session === null) throw unknownToken();
    if (session.expiresAt.getTime() <= this.clock.nowMs()) {
      throw new CaveError('forbidden', 'The session has expired; log in again.', { reason: 'session_expired' });
    }
    const user = await this.store.users.findById(session.userId);
    if (user === null) throw unknownToken();
    return user;
  }

  async logout(token: string): Promise<void> {
    await this.store.sessions.delete(hashSecret(token));
  }

  /** Makes the hash that unknown users are verified against, so that the first login is not slower. */
  async prepare(): Promise<void> {
    await this.dummy();
  }

  private dummy(): Promise<string> {
    this.dummyHash ??= this.hasher.hash(newSecret());
    return this.dummyHash;
  }
}

export function unknownToken(): CaveError {
  return new CaveError('forbidden', 'The token is unknown, or was withdrawn.', { reason: 'unknown_token' });
}
