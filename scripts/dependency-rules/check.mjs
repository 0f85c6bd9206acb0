// `npm run dependencies`: the rules of rules.mjs over all sources.
import { ROOT } from '../lib/ready.mjs';
import { check } from './cruise.mjs';

const { modules, violations } = await check(ROOT);
for (const { rule, from, to } of violations) console.error(`${rule}: ${from} → ${to}`);
console.log(`${modules} modules, ${violations.length} violations of the dependency rules`);
process.exitCode = violations.length === 0 ? 0 : 1;
