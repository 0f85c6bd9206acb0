// `npm run contract`: writes the web client's types of the api.
import { writeFileSync } from 'node:fs';
import { makeReady } from './lib/ready.mjs';

makeReady();
const { CONTRACT, currentContract } = await import('./contract/contract.mjs');
writeFileSync(CONTRACT, await currentContract());
