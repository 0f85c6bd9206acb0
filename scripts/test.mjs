// The test runner behind `npm run check`, `npm test` and `npm run test:all`.
//
//   check   types, lint, dependency rules, and every test that needs no server and is quick
//   all     the same with every test there is; what is not at hand is skipped, with the reason
//   strict  all, and a skipped test is a failure
//
// Test files are found from their sources, so that a compiled test whose source is gone never
// runs. Each package's tests run in a process of their own, which must end by itself; so does
// each kit, which looks for what is left open in its process, and each long test.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { committedPage, readReports, verdict } from './docs/adapters.mjs';
import { ROOT, compiledPath, makeReady, sources } from './lib/ready.mjs';

makeReady();
const { runAll } = await import('./lib/task.mjs');

const MODES = ['check', 'all', 'strict'];
const [mode = 'all', ...only] = process.argv.slice(2);
if (!MODES.includes(mode)) {
  console.error(`cave: "${mode}" is no mode of testing; there are ${MODES.join(', ')}.`);
  process.exit(2);
}

/** Every backend that tests can require; `CAVE_TEST_REQUIRE` takes the same names. */
const BACKENDS = 'postgres,redis,rabbitmq,influxdb,kafka,strace,image,chromium';
/** Tests that need a server or a browser, start processes, or take long. */
const NOT_IN_CHECK = /\.(?:server|system|slow|browser)\.test\.(?:ts|mjs)$/;
const IN_OWN_PROCESS = /\.(?:server|system|slow|browser|conformance)\.test\.(?:ts|mjs)$/;
const MINUTE = 60_000;

const reports = mkdtempSync(join(tmpdir(), 'cave-test-'));
process.on('exit', () => rmSync(reports, { recursive: true, force: true }));
/** Where the kits put their reports, of which docs/adapters.md is made. A directory that the environment names is kept. */
const kitReports = process.env.CAVE_CONFORMANCE_REPORT_DIR || join(reports, 'conformance');
mkdirSync(kitReports, { recursive: true });
const tasks = [...(only.length === 0 ? standing() : []), ...testTasks()];
if (tasks.length === 0) {
  console.error(`cave: no tests below ${only.join(', ')}.`);
  process.exit(2);
}
const outcomes = [];
await runAll(tasks, ROOT, (outcome) => {
  outcomes.push(outcome);
  console.log(`\n──── ${outcome.name} (${outcome.seconds.toFixed(1)} s)${outcome.code === 0 ? '' : ' FAILED'}\n${outcome.output.trimEnd()}`);
});
conclude();

function standing() {
  const node = (name, ...args) => ({ name, command: [process.execPath, ...args], patienceMs: 10 * MINUTE });
  // The build that makes ready has checked the types.
  return [node('lint', 'node_modules/eslint/bin/eslint.js', '--cache', '--cache-location', 'node_modules/.cache/eslint', '.'), node('dependency rules', 'scripts/dependency-rules/check.mjs')];
}

function testTasks() {
  const groups = new Map();
  const directories = ['core', 'conformance', 'schema', 'bench', 'stack', 'test-servers', 'adapters', 'apps'].flatMap((name) => sources(join(ROOT, name)));
  for (const path of directories) {
    if (!/\/test\/.*\.test\.ts$/.test(path) || (mode === 'check' && NOT_IN_CHECK.test(path))) continue;
    const name = relative(ROOT, IN_OWN_PROCESS.test(path) ? path.replace('/test/', ': ').replace(/\.test\.ts$/, '') : path.slice(0, path.indexOf('/test/')));
    groups.set(name, [...(groups.get(name) ?? []), compiledPath(path)]);
  }
  for (const directory of ['scripts', 'compose']) {
    for (const path of scriptTests(join(ROOT, directory))) {
      if (mode === 'check' && NOT_IN_CHECK.test(path)) continue;
      const name = IN_OWN_PROCESS.test(path) ? relative(ROOT, path).replace('/', ': ').replace(/\.test\.mjs$/, '') : directory;
      groups.set(name, [...(groups.get(name) ?? []), path]);
    }
  }
  // The long ones first, so that none of them is left alone at the end.
  const rank = (name) => (/\.(?:system|slow|browser)$/.test(name) ? 0 : name.startsWith('apps/') ? 1 : name.includes('conformance') ? 2 : 3);
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b))
    .filter(([name]) => only.length === 0 || only.some((wanted) => name.startsWith(wanted.replace(/\/$/, ''))))
    .map(([name, files]) => ({
      name: `tests of ${name}`,
      command: [process.execPath, 'node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/lib/reporter.cjs', '--reporter-option', `report=${reportOf(`tests of ${name}`)}`, ...files],
      patienceMs: (mode === 'check' ? 3 : 18) * MINUTE,
      env: { CAVE_CONFORMANCE_REPORT_DIR: kitReports, ...(mode === 'strict' ? { CAVE_TEST_REQUIRE: process.env.CAVE_TEST_REQUIRE ?? BACKENDS } : {}) },
    }));
}

function scriptTests(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : scriptTests(path);
    return entry.name.endsWith('.test.mjs') ? [path] : [];
  });
}

function reportOf(name) {
  return join(reports, `${name.replaceAll(/[^a-z0-9-]/g, '_')}.json`);
}

function conclude() {
  let passed = 0;
  const failed = [];
  const skipped = [];
  for (const { name, code, timedOut } of outcomes) {
    const path = reportOf(name);
    const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { passed: 0, failed: [], skipped: [] };
    passed += report.passed;
    failed.push(...report.failed.map((title) => `${name}: ${title}`));
    skipped.push(...report.skipped.map((title) => ({ name, ...reasonOf(title) })));
    if (timedOut) failed.push(`${name}: did not end by itself`);
    else if (code !== 0 && report.failed.length === 0) failed.push(`${name}: ended with code ${code}`);
  }
  if (mode !== 'check' && only.length === 0) {
    const { stale, sentence } = verdict({ reports: failed.length > 0 ? [] : readReports(kitReports), committed: committedPage(), obstacles: obstacles(failed, skipped) });
    if (stale) failed.push(sentence);
    else console.log(`\n${sentence}`);
  }
  const unexcused = skipped.filter(({ kind }) => kind === 'skipped');
  if (skipped.length > 0) {
    console.log('\nNot proven by this run:');
    for (const { name, kind, title, reason } of skipped) console.log(`  ${kind.padEnd(10)}  ${name.replace(/^tests of |: .*$/g, '')}: ${title}\n              ${reason}`);
  }
  if (failed.length > 0) console.log(`\nFailed:\n${failed.map((line) => `  ${line}`).join('\n')}`);
  if (mode === 'strict' && unexcused.length > 0) console.log(`\ntest:all refuses to skip: ${unexcused.length} tests were skipped.`);
  console.log(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
  process.exitCode = failed.length > 0 || (mode === 'strict' && unexcused.length > 0) || passed === 0 ? 1 : 0;
}

/** Why this run's reports are not those of all adapters on servers that can be killed. */
function obstacles(failed, skipped) {
  const named = Object.keys(process.env).filter((name) => /^CAVE_TEST_[A-Z]+_URL$/.test(name));
  return [
    ...(failed.length > 0 ? ['tests failed'] : []),
    ...new Set(skipped.filter(({ title }) => title.endsWith('all cases')).map(({ reason }) => reason)),
    ...(named.length > 0 ? [`${named.join(', ')} named servers that are not ours to kill`] : []),
  ];
}

/** `title [not proven: reason]`, as the kit writes it, or `title [skipped: reason]`. */
function reasonOf(full) {
  const found = /^(.*) \[(differs|not proven|skipped): (.*)\]$/s.exec(full);
  return found === null ? { kind: 'skipped', title: full, reason: 'no reason was given' } : { kind: found[2], title: found[1], reason: found[3] };
}
