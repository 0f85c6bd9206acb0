import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CaveError, type Role, type Tenant, type User } from '@cave/core';
import { isLoopbackAddress, namesThisMachine } from '@cave/app-runtime';
import { tenantNamedByHost } from './host-tenant.js';
import type { Route } from './route.js';

/** Finds the user of a session token; throws `forbidden` (reason `session_expired` or `unknown_token`). */
export interface SessionAuthenticator {
  authenticate(secret: string): Promise<User>;
}

/** Finds tenants by name and the effective role of a user on them. */
export interface TenantFinder {
  /** Throws `not_found`. `teamName` null: the organization itself. */
  find(organizationName: string, teamName: string | null): Promise<Tenant>;
  /** Role on the tenant; on a team, `admin` too for admins of its organization. Null: none. */
  roleOf(tenant: Tenant, userId: string): Promise<Role | null>;
}

/** Finds the tenant that a tenant token may publish to; throws `forbidden` or `not_found`. */
export interface PublishAuthorizer {
  authorize(secret: string, organizationName: string, teamName: string | null): Promise<{ readonly tenant: Tenant; readonly tokenId: string }>;
}

/**
 * Pushes back whoever presents unknown tokens. Known ones pass however many unknown ones come
 * from the same address: a misconfigured neighbour must not stop others' publishing, and 256
 * random bits are not found by trying.
 */
export interface GuessLimit {
  /** Throws `resource_exhausted` when this address has presented too many. */
  record(clientAddress: string): Promise<void>;
}

export interface AccessOptions {
  readonly sessions: SessionAuthenticator;
  readonly tenants: TenantFinder;
  readonly publishing: PublishAuthorizer;
  readonly guesses: GuessLimit;
  /** Null: operator routes answer on loopback only. */
  readonly operatorToken: string | null;
  /** Domain below which host names name tenants; null: any domain of two labels. */
  readonly domain: string | null;
}

export interface Grant {
  readonly credential: string | null;
  readonly user?: User;
  readonly tenant?: Tenant;
  readonly tokenId?: string;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 1, member: 2, admin: 3 };

/**
 * Applies a route's access rule: no credentials 401; unknown or expired ones 403; unknown
 * organization or team 404; an existing one without the role 403.
 */
export class AccessControl {
  constructor(private readonly options: AccessOptions) {}

  async grant(route: Route, request: IncomingMessage, params: Readonly<Record<string, string>>, clientAddress: string): Promise<Grant> {
    const access = route.access;
    if (access.kind === 'anyone') return { credential: null };
    if (access.kind === 'operator') return this.operator(request);
    const credential = credentialOf(request);
    if (credential === null) throw missingCredentials();
    try {
      if (access.kind === 'tenant_token') {
        const { organization, team } = this.tenantName(route, request, params);
        const { tenant, tokenId } = await this.options.publishing.authorize(credential, organization, team);
        return { credential, tenant, tokenId };
      }
      const user = await this.options.sessions.authenticate(credential);
      if (access.kind === 'user') return { credential, user };
      const { organization, team } = this.tenantName(route, request, params);
      const tenant = await this.options.tenants.find(organization, team);
      const role = await this.options.tenants.roleOf(tenant, user.id);
      if (role === null || RANK[role] < RANK[access.role]) {
        throw new CaveError('forbidden', `This needs the role "${access.role}" on the ${tenant.team === null ? 'organization' : 'team'}.`, { reason: 'role_needed', details: { role: access.role } });
      }
      return { credential, user, tenant };
    } catch (error) {
      if (error instanceof CaveError && error.reason === 'unknown_token') await this.options.guesses.record(clientAddress);
      throw error;
    }
  }

  private operator(request: IncomingMessage): Grant {
    const expected = this.options.operatorToken;
    if (expected === null) {
      if (fromThisMachine(request)) return { credential: null };
      throw new CaveError('forbidden', 'Operator routes answer only on the loopback address until "api-service.operator-token" is set.', { reason: 'operator_only' });
    }
    const credential = credentialOf(request);
    if (credential === null) throw missingCredentials();
    if (!timingSafeEqual(digest(credential), digest(expected))) {
      throw new CaveError('forbidden', 'This needs the operator token of this installation.', { reason: 'operator_only' });
    }
    return { credential };
  }

  private tenantName(route: Route, request: IncomingMessage, params: Readonly<Record<string, string>>): { readonly organization: string; readonly team: string | null } {
    if (route.tenant === 'host') return tenantNamedByHost(request.headers.host, this.options.domain);
    return { organization: params['organization'] ?? '', team: params['team'] ?? null };
  }
}

/** The secret in `Authorization: Bearer T`, or the user name of HTTP Basic; null when there is none. */
export function credentialOf(request: IncomingMessage): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const [, scheme, value] = /^(bearer|basic) +(\S+) *$/i.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  const [name] = Buffer.from(value, 'base64').toString('utf8').split(':', 1);
  return name === undefined || name === '' ? null : name;
}

function missingCredentials(): CaveError {
  return new CaveError('unauthenticated', 'Send a token as "Authorization: Bearer T", or as the user name of HTTP Basic with an empty password.', { reason: 'credentials_missing' });
}

/** A proxy on this machine forwards others' requests from loopback too; what it adds tells them apart, and the Host those of a page whose name resolves here. */
function fromThisMachine(request: IncomingMessage): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined) return false;
  return isLoopbackAddress(request.socket.remoteAddress) && namesThisMachine(request.headers.host);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
