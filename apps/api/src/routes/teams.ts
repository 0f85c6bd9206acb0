import { refOf, type Teams, type Tenant, type Tokens } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineRoute, tenantPath, type Route } from '../http/route.js';
import { actorOf, newTokenJson, teamJson, tokenJson } from './json.js';
import { NewTeam, Team } from './schemas.js';

export interface TeamRouteDependencies {
  readonly teams: Teams;
  readonly tokens: Tokens;
}

const tag = 'teams';
const list = '/organizations/{organization}/teams';
const one = `${list}/{team}`;
const member = { kind: 'role', role: 'member' } as const;
const admin = { kind: 'role', role: 'admin' } as const;

export function teamRoutes({ teams, tokens }: TeamRouteDependencies): readonly Route[] {
  const described = async (tenant: Tenant): Promise<unknown> =>
    tenant.team === null ? undefined : { ...teamJson(tenant.team), tokens: (await tokens.list(tenant)).map(tokenJson) };
  return [
    defineRoute({
      method: 'GET', path: list, operationId: 'getTeams', tag, access: member,
      summary: 'Teams of an organization',
      responses: { 200: { description: 'The teams.', schema: Type.Array(Team) } },
      async handle({ tenant }) {
        const { organization } = tenant;
        const found = await teams.list(refOf(tenant).organizationId);
        return { status: 200, body: await Promise.all(found.map((team) => described({ organization, team }))) };
      },
    }),
    defineRoute({
      method: 'POST', path: list, operationId: 'createTeam', tag, access: admin,
      summary: 'Create a team',
      body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 63 }) }),
      responses: {
        201: { description: 'The team, with its token `default`, whose value is shown this once.', schema: NewTeam, headers: { Location: 'URL of the team.' } },
        409: { description: 'The name is taken.' },
      },
      async handle(context) {
        const { organization } = context.tenant;
        const { team, token } = await teams.create(actorOf(context), context.tenant, context.body.name);
        return {
          status: 201,
          headers: { Location: context.baseUrl + tenantPath({ organization, team }) },
          body: { ...teamJson(team), tokens: [newTokenJson(token)] },
        };
      },
    }),
    defineRoute({
      method: 'GET', path: one, operationId: 'getTeam', tag, access: member,
      summary: 'One team',
      responses: { 200: { description: 'The team.', schema: Team } },
      handle: async ({ tenant }) => ({ status: 200, body: await described(tenant) }),
    }),
    defineRoute({
      method: 'DELETE', path: one, operationId: 'deleteTeam', tag, access: admin,
      summary: 'Delete a team and all of its data',
      responses: { 204: { description: 'Deleted.' } },
      async handle(context) {
        await teams.delete(actorOf(context), context.tenant);
        return { status: 204 };
      },
    }),
  ];
}
