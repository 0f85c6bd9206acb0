import { parseArgs } from 'node:util';

/** Each benchmark prints a table and, next to our figure, that of the bare part underneath in the same run. */
const BENCHMARKS = {
  ingest: () => import('./ingest.js'),
  open: () => import('./open.js'),
  query: () => import('./query.js'),
  evaluate: () => import('./evaluate.js'),
  schedule: () => import('./schedule.js'),
  chart: () => import('./chart.js'),
  web: () => import('./web.js'),
} as const;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', short: 's' },
    alerts: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [name = ''] = positionals;
if (values.help === true || positionals.length !== 1 || !(name in BENCHMARKS)) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHMARKS).join('|')} [--seconds N] [--alerts N]`);
  process.exit(values.help === true ? 0 : 64);
}
const whole = (text: string | undefined, option: string): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]*$/.test(text)) {
    console.error(`--${option} takes a positive whole number, not "${text}".`);
    process.exit(64);
  }
  return Number(text);
};
const seconds = whole(values.seconds, 'seconds');
const alerts = whole(values.alerts, 'alerts');
const { run } = await BENCHMARKS[name as keyof typeof BENCHMARKS]();
await run({ ...(seconds === undefined ? {} : { seconds }), ...(alerts === undefined ? {} : { alerts }) });
