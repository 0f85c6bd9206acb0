import type { Actor, IssuedToken, Organization, Team, Token, User } from '@cave/core';
import type { RequestFacts } from '../http/route.js';

/** The JSON of what several routes answer with. */

export function userJson(user: User): { first_name: string; last_name: string; email: string } {
  return { first_name: user.firstName, last_name: user.lastName, email: user.email };
}

export function tokenJson(token: Token): { id: string; description: string; hint: string; created: string } {
  return { id: token.id, description: token.description, hint: token.hint, created: token.createdAt.toISOString() };
}

export function newTokenJson(token: IssuedToken): { id: string; description: string; value: string; hint: string; created: string } {
  return { ...tokenJson(token), value: token.value };
}

export function organizationJson(organization: Organization): { name: string; email: string; notification_url: string } {
  return { name: organization.name, email: organization.email, notification_url: organization.notificationUrl };
}

export function teamJson(team: Team): { name: string } {
  return { name: team.name };
}

/** Who asks, for the audit record. */
export function actorOf(context: RequestFacts & { readonly user: User }): Actor {
  return { userId: context.user.id, email: context.user.email, from: context.clientAddress };
}
