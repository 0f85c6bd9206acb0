import type { Tokens } from '@cave/core';
import { Type } from '@sinclair/typebox';
import { defineTenantRoutes, tenantPath, type Route } from '../http/route.js';
import { actorOf, newTokenJson, tokenJson } from './json.js';
import { NewToken, Token } from './schemas.js';

const tag = 'tokens';
const forms = ['organization', 'team'] as const;
const access = { kind: 'role', role: 'admin' } as const;
const params = { id: 'Id of the token.' };

export function tokenRoutes(tokens: Tokens): readonly Route[] {
  return [
    ...defineTenantRoutes(forms, {
      method: 'GET', path: '/tokens', operationId: 'getTokens', tag, access,
      summary: 'Tokens, without their values',
      responses: { 200: { description: 'The tokens.', schema: Type.Array(Token) } },
      handle: async ({ tenant }) => ({ status: 200, body: (await tokens.list(tenant)).map(tokenJson) }),
    }),
    ...defineTenantRoutes(forms, {
      method: 'POST', path: '/tokens', operationId: 'createToken', tag, access,
      summary: 'Create a token; at most 3 exist at once',
      body: Type.Object({ description: Type.String({ maxLength: 200 }) }),
      responses: { 201: { description: 'The token, whose value is shown this once.', schema: NewToken, headers: { Location: 'URL of the token.' } } },
      async handle(context) {
        const token = await tokens.create(actorOf(context), context.tenant, context.body.description);
        return { status: 201, headers: { Location: `${context.baseUrl}${tenantPath(context.tenant)}/tokens/${token.id}` }, body: newTokenJson(token) };
      },
    }),
    ...defineTenantRoutes(forms, {
      method: 'GET', path: '/tokens/{id}', operationId: 'getToken', tag, access, params,
      summary: 'One token, without its value',
      responses: { 200: { description: 'The token.', schema: Token } },
      handle: async ({ tenant, params: { id } }) => ({ status: 200, body: tokenJson(await tokens.find(tenant, id ?? '')) }),
    }),
    ...defineTenantRoutes(forms, {
      method: 'DELETE', path: '/tokens/{id}', operationId: 'deleteToken', tag, access, params,
      summary: 'Delete a token; the last one stays',
      responses: { 204: { description: 'The token is worth nothing from here on.' } },
      async handle(context) {
        await tokens.delete(actorOf(context), context.tenant, context.params['id'] ?? '');
        return { status: 204 };
      },
    }),
  ];
}
