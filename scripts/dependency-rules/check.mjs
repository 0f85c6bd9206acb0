// `npm run dependency-rules`: the rules of rules.mjs over all sources. Packages of this
// repository find each other by what is built, so that is made ready first.
import { ROOT, makeReady } from '../lib/ready.mjs';

makeReady();
const { check } = await import('./cruise.mjs');
const { modules, violations } = await check(ROOT);
for (const { rule, from, to } of violations) console.error(`${rule}: ${from} → ${to}`);
console.log(`${modules} modules, ${violations.length} violations of the dependency rules`);
process.exitCode = violations.length === 0 ? 0 : 1;
