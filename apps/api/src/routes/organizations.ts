import type { Organizations, Tokens } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineRoute, tenantPath, type Route } from '../http/route.js';
import { actorOf, newTokenJson, organizationJson, tokenJson } from './json.js';
import { Email, NewOrganization, Organization, Url } from './schemas.js';

export interface OrganizationRouteDependencies {
  readonly organizations: Organizations;
  readonly tokens: Tokens;
}

const tag = 'organizations';
const path = '/organizations/{organization}';
const admin = { kind: 'role', role: 'admin' } as const;

export function organizationRoutes({ organizations, tokens }: OrganizationRouteDependencies): readonly Route[] {
  return [
    defineRoute({
      method: 'POST', path: '/organizations', operationId: 'createOrganization', tag, access: { kind: 'user' },
      summary: 'Create an organization; the caller becomes its admin',
      body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 63 }), email: Email, notification_url: Url }),
      responses: {
        201: { description: 'The organization, with its token `default` and its signing secret, both shown this once.', schema: NewOrganization, headers: { Location: 'URL of the organization.' } },
        409: { description: 'The name is taken.' },
      },
      async handle(context) {
        const { name, email, notification_url: notificationUrl } = context.body;
        const { organization, token } = await organizations.create(actorOf(context), { name, email, notificationUrl });
        return {
          status: 201,
          headers: { Location: context.baseUrl + tenantPath({ organization, team: null }) },
          body: { ...organizationJson(organization), tokens: [newTokenJson(token)], signing_secret: organization.signingSecret },
        };
      },
    }),
    defineRoute({
      method: 'GET', path, operationId: 'getOrganization', tag, access: { kind: 'role', role: 'member' },
      summary: 'One organization',
      responses: { 200: { description: 'The organization.', schema: Organization } },
      handle: async ({ tenant }) => ({ status: 200, body: { ...organizationJson(tenant.organization), tokens: (await tokens.list(tenant)).map(tokenJson) } }),
    }),
    defineRoute({
      method: 'PATCH', path, operationId: 'updateOrganization', tag, access: admin,
      summary: 'Change email or notification URL',
      body: Type.Object({ email: Type.Optional(Email), notification_url: Type.Optional(Url) }),
      responses: { 200: { description: 'The organization.', schema: Organization } },
      async handle(context) {
        const { email, notification_url: notificationUrl } = context.body;
        const organization = await organizations.update(actorOf(context), context.tenant, {
          ...(email === undefined ? {} : { email }),
          ...(notificationUrl === undefined ? {} : { notificationUrl }),
        });
        return { status: 200, body: { ...organizationJson(organization), tokens: (await tokens.list(context.tenant)).map(tokenJson) } };
      },
    }),
    defineRoute({
      method: 'DELETE', path, operationId: 'deleteOrganization', tag, access: admin,
      summary: 'Delete an organization that has no teams, and all of its data',
      responses: { 204: { description: 'Deleted.' } },
      async handle(context) {
        await organizations.delete(actorOf(context), context.tenant);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'POST', path: `${path}/signing-secret`, operationId: 'rotateSigningSecret', tag, access: admin,
      summary: 'Replace the secret that notifications are signed with',
      responses: { 200: { description: 'The new secret, shown this once.', schema: Type.Object({ signing_secret: Type.String() }) } },
      handle: async (context) => ({ status: 200, body: { signing_secret: await organizations.rotateSigningSecret(actorOf(context), context.tenant) } }),
    }),
  ];
}
