import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { operatorGuard } from '../src/operator-guard.js';

const TOKEN = 'token-of-the-operator';

async function served<T>(token: string | undefined, ask: (status: (headers: Record<string, string>) => Promise<number>) => Promise<T>): Promise<T> {
  const app = express();
  app.use(operatorGuard(token, 'api-service.operator-token'), (_request, response) => void response.sendStatus(200));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const status = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, headers, agent: false }, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject).end();
    });
  try {
    return await ask(status);
  } finally {
    server.close();
  }
}

describe('operatorGuard', () => {
  it('without a token answers callers on this machine, by a name of this machine', () =>
    served(undefined, async (status) => {
      expect(await status({})).to.equal(200);
      expect(await status({ host: 'localhost:7001' })).to.equal(200);
      expect(await status({ host: '[::1]:7001' })).to.equal(200);
      // What a page of another site sends whose name was made to lead here.
      expect(await status({ host: 'rebound.example.com:7001' })).to.equal(403);
      expect(await status({ host: 'localhost.example.com' })).to.equal(403);
      expect(await status({ 'x-forwarded-for': '203.0.113.5' })).to.equal(403);
    }));

  it('with a token answers its holder, whatever the name', () =>
    served(TOKEN, async (status) => {
      expect(await status({})).to.equal(401);
      expect(await status({ authorization: 'Bearer another' })).to.equal(403);
      expect(await status({ authorization: `Bearer ${TOKEN}`, host: 'cave.example.com' })).to.equal(200);
    }));
});
