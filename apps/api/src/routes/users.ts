import { CaveError, type PasswordResets, type Profiles, type Registration, type Sessions } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineRoute, type RequestFacts, type Route } from '../http/route.js';
import { DateTime, OneOf } from '../http/schemas.js';
import type { AccountDelay, AddressLimit } from '../limits.js';
import { actorOf, userJson } from './json.js';
import { ConfirmationToken, Email, GivenPassword, Password, PersonName, RoleName, User } from './schemas.js';

export interface UserRouteDependencies {
  readonly registration: Registration;
  readonly sessions: Sessions;
  readonly resets: PasswordResets;
  readonly profiles: Profiles;
  /** Registrations and password mails from one address. */
  readonly mailLimit: AddressLimit;
  /** Failed logins and confirmations from one address. */
  readonly guessLimit: AddressLimit;
  readonly loginDelay: AccountDelay;
  readonly mailDelay: AccountDelay;
}

const anyone = { kind: 'anyone' } as const;
const user = { kind: 'user' } as const;
const tag = 'users';

export function userRoutes(deps: UserRouteDependencies): readonly Route[] {
  return [...openRoutes(deps), ...ownRoutes(deps)];
}

function openRoutes(deps: UserRouteDependencies): readonly Route[] {
  /** An attempt on a secret costs a point of its address unless it succeeds. */
  const guarded = async <T>(context: RequestFacts, attempt: () => Promise<T>): Promise<T> => {
    await deps.guessLimit.take(context.clientAddress);
    const result = await attempt();
    await deps.guessLimit.giveBack(context.clientAddress);
    return result;
  };
  const tooMany = { 429: { description: 'Too many attempts from this address.', headers: { 'Retry-After': 'Seconds to wait.' } } };
  return [
    defineRoute({
      method: 'POST', path: '/users/register', operationId: 'registerUser', tag, access: anyone,
      summary: 'Register an email address; a confirmation link is mailed to it',
      body: Type.Object({ email: Email }),
      responses: { 202: { description: 'Accepted, whether or not the address is registered already.' }, ...tooMany },
      async handle(context) {
        await deps.mailLimit.take(context.clientAddress);
        await deps.mailDelay.attempt(context.body.email, context.signal);
        await deps.registration.register(context.body.email);
        return { status: 202 };
      },
    }),
    defineRoute({
      method: 'POST', path: '/users/confirm', operationId: 'confirmUser', tag, access: anyone,
      summary: 'Complete a registration with the token from the mail',
      body: Type.Object({ first_name: PersonName, last_name: PersonName, password: Password, confirmation_token: ConfirmationToken }),
      responses: { 201: { description: 'The user.', schema: User }, ...tooMany },
      async handle(context) {
        const { body } = context;
        const created = await guarded(context, () =>
          deps.registration.confirm({ firstName: body.first_name, lastName: body.last_name, password: body.password, confirmationToken: body.confirmation_token }, context.clientAddress));
        return { status: 201, body: userJson(created) };
      },
    }),
    defineRoute({
      method: 'POST', path: '/users/login', operationId: 'loginUser', tag, access: anyone,
      summary: 'Log in',
      body: Type.Object({ email: Type.String({ maxLength: 254 }), password: GivenPassword }),
      responses: {
        200: { description: 'A session token.', schema: Type.Object({ token: Type.String(), expires: DateTime('When the session ends.') }, { $id: 'Session' }) },
        ...tooMany,
      },
      async handle(context) {
        const { email, password } = context.body;
        const session = await guarded(context, async () => {
          await deps.loginDelay.attempt(email, context.signal);
          return deps.sessions.login(email, password);
        });
        await deps.loginDelay.clear(email);
        return { status: 200, body: { token: session.token, expires: session.expiresAt.toISOString() } };
      },
    }),
    defineRoute({
      method: 'POST', path: '/users/forgot-password', operationId: 'forgotPassword', tag, access: anyone,
      summary: 'Have a link for choosing a new password mailed',
      body: Type.Object({ email: Email }),
      responses: { 202: { description: 'Accepted, whether or not there is such a user.' }, ...tooMany },
      async handle(context) {
        await deps.mailLimit.take(context.clientAddress);
        await deps.mailDelay.attempt(context.body.email, context.signal);
        await deps.resets.request(context.body.email);
        return { status: 202 };
      },
    }),
    defineRoute({
      method: 'POST', path: '/users/reset-password', operationId: 'resetPassword', tag, access: anyone,
      summary: 'Choose a new password with the token from the mail; ends all sessions',
      body: Type.Object({ password: Password, confirmation_token: Type.Optional(ConfirmationToken), token: Type.Optional(ConfirmationToken) }, { description: '`token` is the older name of `confirmation_token`; one of them is needed.' }),
      responses: { 200: { description: 'The password is changed.' }, ...tooMany },
      async handle(context) {
        const token = context.body.confirmation_token ?? context.body.token;
        if (token === undefined) {
          throw new CaveError('invalid_argument', 'The "confirmation_token" from the mail is missing.', { reason: 'invalid_request', details: { errors: [{ in: 'body', path: '/confirmation_token', message: 'is missing' }] } });
        }
        await guarded(context, () => deps.resets.reset(token, context.body.password, context.clientAddress));
        return { status: 200 };
      },
    }),
  ];
}

function ownRoutes(deps: UserRouteDependencies): readonly Route[] {
  const UserOrganization = Type.Object({ name: Type.String(), role: OneOf(['admin', 'member', 'viewer', 'team'], { description: '`team`: a member of some of its teams only.' }) }, { $id: 'UserOrganization' });
  const UserTeam = Type.Object({ name: Type.String(), role: RoleName }, { $id: 'UserTeam' });
  return [
    defineRoute({
      method: 'GET', path: '/users/info', operationId: 'getUser', tag, access: user,
      summary: 'The user who asks',
      responses: { 200: { description: 'The user.', schema: User } },
      handle: async (context) => ({ status: 200, body: userJson(context.user) }),
    }),
    defineRoute({
      method: 'PATCH', path: '/users/info', operationId: 'updateUser', tag, access: user,
      summary: 'Change name or password; a new password ends all other sessions',
      body: Type.Object({ first_name: Type.Optional(PersonName), last_name: Type.Optional(PersonName), password: Type.Optional(Password) }),
      responses: { 200: { description: 'The user.', schema: User } },
      async handle(context) {
        const { first_name: firstName, last_name: lastName, password } = context.body;
        const updated = await deps.profiles.update(actorOf(context), context.credential ?? '', {
          ...(firstName === undefined ? {} : { firstName }),
          ...(lastName === undefined ? {} : { lastName }),
          ...(password === undefined ? {} : { password }),
        });
        return { status: 200, body: userJson(updated) };
      },
    }),
    defineRoute({
      method: 'POST', path: '/users/logout', operationId: 'logoutUser', tag, access: user,
      summary: 'End the session',
      responses: { 204: { description: 'The token is worth nothing from here on.' } },
      async handle(context) {
        await deps.sessions.logout(context.credential ?? '');
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'GET', path: '/users/organizations', operationId: 'getUserOrganizations', tag, access: user,
      summary: "The user's organizations",
      responses: { 200: { description: 'Names and roles.', schema: Type.Array(UserOrganization) } },
      handle: async (context) => ({ status: 200, body: (await deps.profiles.organizations(context.user.id)).map(({ name, role }) => ({ name, role })) }),
    }),
    defineRoute({
      method: 'GET', path: '/users/organizations/{organization}/teams', operationId: 'getUserTeams', tag, access: user,
      summary: "The user's teams in an organization",
      responses: { 200: { description: 'Names and roles.', schema: Type.Array(UserTeam) }, 404: { description: 'There is no such organization.' } },
      handle: async (context) => ({ status: 200, body: (await deps.profiles.teams(context.user.id, context.params['organization'] ?? '')).map(({ name, role }) => ({ name, role })) }),
    }),
    defineRoute({
      method: 'GET', path: '/users/search', operationId: 'searchUsers', tag, access: user,
      summary: 'Users who share an organization with the caller',
      query: Type.Object({ q: Type.String({ minLength: 1, maxLength: 254, description: 'Part of a name or an email address.' }) }),
      responses: { 200: { description: 'At most 50 users.', schema: Type.Array(User) } },
      handle: async (context) => ({ status: 200, body: (await deps.profiles.search(context.user.id, context.query.q)).map(userJson) }),
    }),
  ];
}
