import type { Request, Response } from 'express';
import { authorityOf, isSecure } from './request-origin.js';

/** What the api's session tokens consist of; anything else in the cookie is no session. */
const TOKEN = /^[A-Za-z0-9_-]{1,512}$/;

/**
 * The cookie that holds the session token, out of reach of scripts and of other sites.
 *
 * Cookies do not know ports, so that two CAVEs on one machine would log each other out: the name
 * carries the port. It is the one that the browser uses, since in containers all listen on the
 * same. By https the name begins with `__Host-`, with which a browser takes the cookie from this
 * very host only, and not from a sister domain.
 */
export class SessionCookie {
  constructor(private readonly baseUrl: URL | null) {}

  /** The session token; null where there is none. */
  read(request: Request): string | null {
    const name = this.name(request);
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [key = '', ...value] = part.split('=');
      const token = value.join('=').trim();
      if (key.trim() === name && TOKEN.test(token)) return token;
    }
    return null;
  }

  /** Keeps the token in the browser until the session ends. */
  set(request: Request, response: Response, token: string, expires: Date): void {
    // Max-Age beside Expires, because a browser's clock may be wrong; it counts where both are known.
    const seconds = Math.max(0, Math.floor((expires.getTime() - Date.now()) / 1000));
    this.write(request, response, token, seconds, expires);
  }

  clear(request: Request, response: Response): void {
    this.write(request, response, '', 0, new Date(0));
  }

  private write(request: Request, response: Response, value: string, seconds: number, expires: Date): void {
    const secure = isSecure(request, this.baseUrl) ? '; Secure' : '';
    response.setHeader('Set-Cookie', `${this.name(request)}=${value}; Path=/; Max-Age=${seconds}; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Strict${secure}`);
  }

  private name(request: Request): string {
    const secure = isSecure(request, this.baseUrl);
    const authority = authorityOf(request);
    const port = authority === null ? String(request.socket.localPort) : authority.port === '' ? (secure ? '443' : '80') : authority.port;
    return `${secure ? '__Host-' : ''}cave-session-${port}`;
  }
}
