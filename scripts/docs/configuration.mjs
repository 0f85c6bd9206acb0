// Writes docs/configuration.md from the schemas that validate the settings: `npm run docs`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, makeReady } from '../lib/ready.mjs';

const PATH = join(ROOT, 'docs', 'configuration.md');

/** The page as the schemas of this build make it. */
export async function configurationPage() {
  const load = (path) => import(pathToFileURL(join(ROOT, path)).href);
  const [{ BASE_SETTINGS, CLOUDWATCH_PREFIX, CLOUDWATCH_SETTINGS, CONVERTER_SETTINGS, serviceSettings }, { ALIASES }, { environmentName, joinKey }, { BUILT_IN }, { PORT_PREFIX, PROFILE_ADAPTERS, PROFILE_DEMANDS }, { loadAdapter }, { allServices }] = await Promise.all([
    load('apps/runtime/dist/src/configuration/base-settings.js'),
    load('apps/runtime/dist/src/configuration/aliases.js'),
    load('apps/runtime/dist/src/configuration/names.js'),
    load('apps/runtime/dist/src/adapters/built-in.js'),
    load('apps/runtime/dist/src/adapters/profiles.js'),
    load('apps/runtime/dist/src/adapters/load.js'),
    load('apps/all-in-one/dist/src/index.js'),
  ]);

  const table = (prefix, schema) => {
    const rows = Object.entries(schema.properties).map(([option, one]) => {
      const key = joinKey(prefix, option);
      const kind = one.enum === undefined ? one.type : one.enum.map((value) => `\`${value}\``).join(', ');
      const fallback = one.default === undefined ? (schema.required?.includes(option) ? 'required' : '') : `\`${JSON.stringify(one.default)}\``;
      return `| \`${key}\` | \`${environmentName(key)}\` | ${kind}${one['x-secret'] === true ? ', secret' : ''} | ${fallback} | ${one.description.replaceAll('|', '\\|')} |`;
    });
    return ['| setting | variable | type | default | meaning |', '|---|---|---|---|---|', ...rows.sort()].join('\n');
  };

  const parts = [readFileSync(new URL('./configuration-preface.md', import.meta.url), 'utf8').trimEnd()];
  parts.push('## Top level', table('', BASE_SETTINGS));
  parts.push('## Logs in CloudWatch Logs', 'Off by default. At the top level, or below a service’s root key.', table(CLOUDWATCH_PREFIX, CLOUDWATCH_SETTINGS));
  for (const definition of allServices) parts.push(`## ${definition.rootKey}`, `The ${definition.name} service.`, table(definition.rootKey, serviceSettings(definition)));
  parts.push('## Adapters', 'Which adapter a port has in each profile.');
  const profiles = Object.keys(PROFILE_ADAPTERS);
  parts.push([`| port | options below | ${profiles.join(' | ')} |`, `|---|---|${profiles.map(() => '---|').join('')}`, ...Object.entries(PORT_PREFIX).map(([port, prefix]) => `| ${port} | \`${prefix}\` | ${profiles.map((profile) => PROFILE_ADAPTERS[profile][port]).join(' | ')} |`)].join('\n'));
  parts.push(...profiles.filter((profile) => Object.keys(PROFILE_DEMANDS[profile]).length > 0).map((profile) => demandsOf(profile, PROFILE_DEMANDS[profile], PORT_PREFIX)));
  for (const [port, adapters] of Object.entries(BUILT_IN)) {
    for (const name of Object.keys(adapters)) {
      const { definition } = await loadAdapter(port, name, 'the documentation');
      const prefix = port === 'notifier' ? `notifiers.${name}` : PORT_PREFIX[port];
      const body = Object.keys(definition.options.properties).length === 0 ? 'No options.' : table(prefix, definition.options);
      parts.push(`### ${port}: ${name}`, body);
    }
  }
  parts.push('## Names of the first CAVE', 'They hold below each service’s root key, and at the top level. Both names of one setting with different values are refused. A setting in brackets has this value only as long as nobody gives it one of its own; the upper row’s counts.');
  const quoted = (keys, text) => keys.map((key) => text.replace('key', `\`${key}\``));
  parts.push(['| first CAVE | here |', '|---|---|', ...ALIASES.map(({ alias, of, standsInFor = [] }) => `| \`${alias}\` | ${[...quoted(of, 'key'), ...quoted(standsInFor, '(key)')].join(', ')} |`)].join('\n'));
  parts.push('These two it has of its own:', table('converters', CONVERTER_SETTINGS));
  return `${parts.join('\n\n')}\n`;
}

/** What a profile does not assume, as a sentence. */
function demandsOf(profile, demands, prefixes) {
  const keys = Object.entries(demands).flatMap(([port, own]) => own.map(({ option, unless }) => `\`${prefixes[port]}.${option}\`${unless === undefined ? '' : ` (unless \`${prefixes[port]}.${unless}\` is given)`}`));
  return `On the profile ${profile}, a service whose adapters are the profile’s starts only when these are given, if only as an empty text: ${keys.join(', ')}.`;
}

/** The page as it is committed; empty when there is none. */
export function committedPage() {
  return existsSync(PATH) ? readFileSync(PATH, 'utf8') : '';
}

if (process.argv[1] === import.meta.filename) {
  makeReady();
  writeFileSync(PATH, await configurationPage());
}
