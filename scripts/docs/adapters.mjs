// Writes docs/adapters.md, the matrix of what each adapter was proven to do, from the kit's
// reports: `npm run docs:adapters -- <directory>`. `CAVE_CONFORMANCE_REPORT_DIR=<directory>
// npm test`, with every server at hand, makes them. Nothing in the page depends on the run.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PATH = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs', 'adapters.md');
const PORTS = ['raw-stream', 'config-bus', 'work-queue', 'metrics-store', 'config-store', 'leader-election', 'mailer', 'notifier'];
const CELL = { passed: '✓', differs: 'differs', not_proven: 'not proven' };
const HOW = 'run CAVE_CONFORMANCE_REPORT_DIR=<directory> npm test, then npm run docs:adapters -- <directory>';

const PREFACE = `# Adapters

What each adapter was proven to do by the conformance kit, case by case, against the real thing: servers that are killed, frozen and cut off. This page is made from the kit's own reports (\`npm run docs:adapters\`), and \`npm test\` fails when it no longer says what they say.

- ✓: the case ran and passed.
- *differs*: the adapter legally does otherwise there; the reason is below the table.
- *not proven*: the test had no means to force the case, or its server misbehaves; the reason is below the table.`;

/**
 * @typedef {{ id: string, title: string, status: string, reason?: string }} Case
 * @typedef {{ port: string, adapter: string, capabilities: Record<string, unknown>, cases: readonly Case[] }} Report
 */

/**
 * The page that these reports make, whatever order they come in. Throws when one of them tells
 * of a failure, or when reports of one port tell of different cases.
 * @param {readonly Report[]} reports
 */
export function adaptersPage(reports) {
  const ports = PORTS.flatMap((port) => {
    const own = reports.filter((report) => report.port === port).sort(byAdapter);
    return own.length === 0 ? [] : [{ port, own }];
  });
  const parts = [PREFACE, overview(ports)];
  for (const { port, own } of ports) parts.push(`## ${port}`, capabilities(own), matrix(port, own), ...reasons(own));
  return `${parts.join('\n\n')}\n`;
}

/** Every report in a directory. @returns {Report[]} */
export function readReports(directory) {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));
}

/** The page as it is committed; empty when there is none. */
export function committedPage() {
  return existsSync(PATH) ? readFileSync(PATH, 'utf8') : '';
}

/**
 * Whether the committed page says what a run's reports say. A run can only tell when nothing
 * was missing in it.
 * @param {{ reports: readonly Report[], committed: string, obstacles: readonly string[] }} run
 * @returns {{ stale: boolean, sentence: string }}
 */
export function verdict({ reports, committed, obstacles }) {
  if (obstacles.length > 0) return { stale: false, sentence: `The adapter matrix was not compared: ${obstacles.join('; ')}.` };
  if (committed === adaptersPage(reports)) return { stale: false, sentence: `The adapter matrix says what ${reports.length} reports say.` };
  return { stale: true, sentence: `docs/adapters.md does not say what the reports of this run say; ${HOW}.` };
}

function overview(ports) {
  const rows = ports.flatMap(({ port, own }) =>
    own.map(({ adapter, cases }) => {
      const count = (status) => cases.filter((one) => one.status === status).length;
      return `| ${port} | ${adapter} | ${count('passed')} | ${count('differs')} | ${count('not_proven')} |`;
    }),
  );
  return ['| port | adapter | passed | differs | not proven |', '|---|---|--:|--:|--:|', ...rows].join('\n');
}

function capabilities(own) {
  const keys = [...new Set(own.flatMap((report) => Object.keys(report.capabilities)))].sort();
  if (keys.length === 0) return 'No capabilities are declared.';
  const value = (report, key) => (key in report.capabilities ? `\`${escaped(JSON.stringify(report.capabilities[key]))}\`` : '');
  return table(['capability', ...own.map(({ adapter }) => adapter)], keys.map((key) => [`\`${key}\``, ...own.map((report) => value(report, key))]));
}

function matrix(port, own) {
  const titles = new Map(own.flatMap(({ cases }) => cases.map(({ id, title }) => [id, title])));
  const cell = ({ adapter, cases }, id) => {
    const found = cases.find((one) => one.id === id);
    if (found === undefined) throw new Error(`The ${port} report of ${adapter} has no case ${id}, which another has; make all reports in one run.`);
    const text = CELL[found.status];
    if (text === undefined) throw new Error(`The ${port} report of ${adapter} says that ${id} ${found.status}; the matrix is of adapters that pass.`);
    return text;
  };
  return table(['case', '', ...own.map(({ adapter }) => adapter)], [...titles.keys()].sort().map((id) => [id, escaped(titles.get(id)), ...own.map((report) => cell(report, id))]));
}

/** One line for each reason of each adapter, with the cases that it stands for. */
function reasons(own) {
  const lines = own.flatMap(({ adapter, cases }) => {
    const grouped = new Map();
    for (const { id, status, reason = '' } of [...cases].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (status === 'passed') continue;
      const key = `${adapter}, ${CELL[status]}: ${reason}`;
      grouped.set(key, [...(grouped.get(key) ?? []), id]);
    }
    return [...grouped].map(([key, ids]) => `- ${key} (${ids.join(', ')})`);
  });
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** What would end a table's cell. */
function escaped(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** The embedded one first: it is what the others are compared with. */
function byAdapter(a, b) {
  const rank = ({ adapter }) => `${adapter === 'embedded' ? 0 : 1}${adapter}`;
  return rank(a) < rank(b) ? -1 : 1;
}

if (process.argv[1] === import.meta.filename) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) {
    console.error(`cave: which directory has the reports? To make them, ${HOW}.`);
    process.exitCode = 2;
  } else {
    const reports = readReports(directory);
    writeFileSync(PATH, adaptersPage(reports));
    console.log(`docs/adapters.md: ${reports.map(({ port, adapter }) => `${port} ${adapter}`).sort().join(', ')}`);
  }
}
