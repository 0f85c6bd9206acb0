import type { Mail } from '../../ports/mailer.js';
import { hashSecret } from './secrets.js';

/** Writes the mails about accounts. Links lead to the web UI. */
export class AccountMails {
  /** `wwwUrl` is `www.base-url`, with or without a trailing slash. */
  constructor(private readonly wwwUrl: () => string) {}

  confirmRegistration(email: string, secret: string, minutes: number): Mail {
    return mail(stableId('register', secret), email, 'Confirm your registration at CAVE', [
      'Somebody, hopefully you, registered this address at CAVE.',
      'To choose your name and password, open this link:',
      this.link('/confirm', { token: secret }),
      `It works once, within ${minutes} minutes. If it was not you, do nothing.`,
    ]);
  }

  alreadyRegistered(email: string, id: string): Mail {
    return mail(`already-registered-${id}`, email, 'You are already registered at CAVE', [
      'Somebody, hopefully you, tried to register this address at CAVE again. It has an account already; log in here:',
      this.link('/login', {}),
      'If you forgot your password, ask for a new one there.',
    ]);
  }

  welcome(email: string, firstName: string, id: string): Mail {
    return mail(`welcome-${id}`, email, 'Welcome to CAVE', [`Hello ${firstName},`, 'your account is ready. Log in here:', this.link('/login', {})]);
  }

  resetPassword(email: string, secret: string, minutes: number): Mail {
    return mail(stableId('reset-password', secret), email, 'Choose a new password for CAVE', [
      'Somebody, hopefully you, asked for a new password for your account at CAVE. To choose it, open this link:',
      this.link('/reset-password', { token: secret }),
      `It works once, within ${minutes} minutes. If it was not you, do nothing; your password stays as it is.`,
    ]);
  }

  passwordChanged(email: string, id: string): Mail {
    return mail(`password-changed-${id}`, email, 'Your password for CAVE was changed', [
      'The password of your account at CAVE was changed, and all sessions were ended.',
      'If it was not you, ask for a new password at once:',
      this.link('/login', {}),
    ]);
  }

  /** `tenant` in words, such as `the organization "gilt"`. */
  invitation(email: string, tenant: string, by: string, id: string): Mail {
    return mail(`invitation-${id}`, email, 'You are invited to CAVE', [
      `${by} invites you to ${tenant} at CAVE.`,
      'Register with this address to join; you are a member as soon as you have confirmed it:',
      this.link('/register', { email }),
    ]);
  }

  private link(path: string, parameters: Readonly<Record<string, string>>): string {
    const query = new URLSearchParams(parameters).toString();
    return `${this.wwwUrl().replace(/\/+$/, '')}${path}${query === '' ? '' : `?${query}`}`;
  }
}

/** The same for every attempt to send one secret, and tells nothing of it. */
function stableId(kind: string, secret: string): string {
  return `${kind}-${Buffer.from(hashSecret(`mail:${secret}`)).toString('hex').slice(0, 32)}`;
}

function mail(id: string, to: string, subject: string, lines: readonly string[]): Mail {
  const html = lines.map((line) => (/^https?:\/\/\S+$/.test(line) ? `<p><a href="${escapeHtml(line)}">${escapeHtml(line)}</a></p>` : `<p>${escapeHtml(line)}</p>`)).join('\n');
  return { id, to: [to], subject, text: `${lines.join('\n\n')}\n`, html: `<!doctype html>\n<html lang="en"><body>\n${html}\n</body></html>\n` };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
