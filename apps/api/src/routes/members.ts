import type { Members } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineTenantRoutes, type Route } from '../http/route.js';
import { actorOf, userJson } from './json.js';
import { Email, Member, RoleName } from './schemas.js';

const tag = 'members';
const forms = ['organization', 'team'] as const;
const admin = { kind: 'role', role: 'admin' } as const;
const params = { email: 'Email address of the user.' };

export function memberRoutes(members: Members): readonly Route[] {
  return [
    ...defineTenantRoutes(forms, {
      method: 'GET', path: '/users', operationId: 'getUsers', tag, access: { kind: 'role', role: 'member' },
      summary: 'Users and their roles',
      responses: { 200: { description: 'The members.', schema: Type.Array(Member) } },
      handle: async ({ tenant }) => ({ status: 200, body: (await members.list(tenant)).map(({ user, role }) => ({ user: userJson(user), role })) }),
    }),
    ...defineTenantRoutes(forms, {
      method: 'POST', path: '/users', operationId: 'addUser', tag, access: admin,
      summary: 'Add a user, or invite an address that is not registered yet',
      body: Type.Object({ email: Email, role: RoleName }),
      responses: { 202: { description: 'Added or invited.' }, 409: { description: 'A member already.' } },
      async handle(context) {
        await members.add(actorOf(context), context.tenant, context.body.email, context.body.role);
        return { status: 202 };
      },
    }),
    ...defineTenantRoutes(forms, {
      method: 'PATCH', path: '/users/{email}', operationId: 'modifyUser', tag, access: admin, params,
      summary: 'Change the role of a user',
      body: Type.Object({ role: RoleName }),
      responses: { 202: { description: 'Changed, if there is such a member.' } },
      async handle(context) {
        await members.setRole(actorOf(context), context.tenant, context.params['email'] ?? '', context.body.role);
        return { status: 202 };
      },
    }),
    ...defineTenantRoutes(forms, {
      method: 'DELETE', path: '/users/{email}', operationId: 'removeUser', tag, access: admin, params,
      summary: 'Remove a user, or take an invitation back',
      responses: { 204: { description: 'Not a member any more.' } },
      async handle(context) {
        await members.remove(actorOf(context), context.tenant, context.params['email'] ?? '');
        return { status: 204 };
      },
    }),
  ];
}
