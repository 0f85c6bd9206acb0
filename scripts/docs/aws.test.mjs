import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { ROOT } from '../lib/ready.mjs';

const load = (path) => import(pathToFileURL(join(ROOT, path)).href);
const [{ loadConfiguration, shippedConfiguration }, { allServices }, { ALIASES }, { environmentName, joinKey }, { loadAdapter }, { PORT_PREFIX, PROFILE_ADAPTERS, PROFILE_DEMANDS }, { clusterSettings }, { CLOUDWATCH_PREFIX, CLOUDWATCH_SETTINGS, CONVERTER_SETTINGS }] = await Promise.all([
  load('apps/runtime/dist/src/index.js'),
  load('apps/all-in-one/dist/src/index.js'),
  load('apps/runtime/dist/src/configuration/aliases.js'),
  load('apps/runtime/dist/src/configuration/names.js'),
  load('apps/runtime/dist/src/adapters/load.js'),
  load('apps/runtime/dist/src/adapters/profiles.js'),
  load('apps/runtime/dist/src/configuration/clusters.js'),
  load('apps/runtime/dist/src/configuration/base-settings.js'),
]);

const page = readFileSync(join(ROOT, 'docs', 'aws.md'), 'utf8');
const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());
const code = (cell) => /^`([^`]+)`/.exec(cell)?.[1];
/** Objects of the page's blocks of this language. */
const blocks = (language) => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text);

/** Full key → schema, of everything that the profile aws can be told about its adapters. */
async function settingsOfAws() {
  const all = new Map();
  const add = (prefix, schema, demands = []) => {
    for (const [option, one] of Object.entries(schema.properties)) {
      const isRequired = schema.required?.includes(option) === true || demands.some((demand) => demand.option === option);
      all.set(joinKey(prefix, option), { ...one, isRequired });
    }
  };
  for (const [port, name] of Object.entries(PROFILE_ADAPTERS.aws)) {
    const { definition } = await loadAdapter(port, name, 'the documentation');
    add(PORT_PREFIX[port], definition.options, PROFILE_DEMANDS.aws[port]);
    if (port === 'metrics-store') add(PORT_PREFIX[port], clusterSettings(definition.options));
  }
  add(CLOUDWATCH_PREFIX, CLOUDWATCH_SETTINGS);
  add('converters', CONVERTER_SETTINGS);
  return all;
}

describe('docs/aws.md', function () {
  this.timeout(60_000);
  const rows = page.split('\n').filter((line) => /^\| `[a-z-]+\.[a-z.-]+` \| `[a-zA-Z.-]+`/.test(line)).map(cells);

  it('has every name of the first CAVE, with what it is called here', () => {
    const told = rows.map(([setting, alias]) => `${code(alias)} ${code(setting)}`);
    const known = ALIASES.filter(({ alias }) => /^(?:aws|influx|smtp)\./.test(alias)).flatMap(({ alias, of }) => of.map((key) => `${alias} ${key}`));
    expect(told.sort()).to.deep.equal([...known, 'converters.default converters.default', 'converters.list converters.list'].sort());
  });

  it('has for each its variable, and the default that the adapters of the profile give it', async () => {
    const known = await settingsOfAws();
    for (const [setting, , variable, fallback] of rows) {
      const key = code(setting);
      expect(known.has(key), key).to.equal(true);
      expect(code(variable), key).to.equal(environmentName(key));
      const { isRequired, default: value } = known.get(key);
      if (isRequired) expect(fallback, key).to.equal('required');
      else if (code(fallback) !== undefined && !code(fallback).includes('.')) expect(code(fallback), key).to.equal(typeof value === 'string' ? value : JSON.stringify(value));
      // Words stand for nothing: the SDK's own search, AWS's own address, and so on.
      else expect([undefined, '', null], key).to.include(value);
    }
  });

  it('says which service needs what', () => {
    const needs = Object.fromEntries(page.split('\n').flatMap((line) => {
      const [, service, list] = /^\| (\w+) \| ((?:`[a-z-]+`(?:, )?)+) \|$/.exec(line) ?? [];
      return service === undefined ? [] : [[service, [...list.matchAll(/`([^`]+)`/g)].map(([, prefix]) => prefix)]];
    }));
    // www, which has no ports, has no row.
    for (const { name, ports } of allServices) expect(needs[name] ?? [], name).to.have.members(ports.filter((port) => port !== 'notifier').map((port) => PORT_PREFIX[port]));
  });

  it('has a task definition whose variables CAVE takes, and no other', async () => {
    const [task] = blocks('json').map((text) => JSON.parse(text)).filter(({ family }) => family !== undefined);
    const [{ environment, secrets, name, healthCheck, stopTimeout, readonlyRootFilesystem, portMappings }] = task.containerDefinitions;
    const definition = allServices.find((one) => one.name === name);
    const given = Object.fromEntries([...environment.map((one) => [one.name, one.value]), ...secrets.map((one) => [one.name, `secret-of-${one.name.toLowerCase()}`])]);
    const { entries } = await loadConfiguration([definition], { shipped: shippedConfiguration(name), config: undefined, assignments: [], environment: given });
    const read = entries.flatMap(({ source }) => [...source.text.matchAll(/environment variable (\w+)/g)].map(([, variable]) => variable));
    expect(Object.keys(given).filter((variable) => !read.includes(variable))).to.deep.equal([]);
    const secret = (variable) => entries.find(({ source }) => source.text.endsWith(` ${variable}`))?.secret;
    for (const one of environment) expect(secret(one.name), one.name).to.equal(false);
    for (const { valueFrom } of secrets) expect(valueFrom).to.match(/^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:cave-\w{6}:[a-z-]+::$/);
    expect({ stopTimeout, readonlyRootFilesystem, ports: portMappings.map(({ containerPort }) => containerPort) }).to.deep.equal({ stopTimeout: 35, readonlyRootFilesystem: true, ports: [7001] });
    const [kind, program, ...args] = healthCheck.command;
    expect([kind, program, args[0]]).to.deep.equal(['CMD', 'node', '-e']);
    for (const [status, code] of [[200, 0], [503, 1]]) {
      const asked = [];
      const server = createServer((request, response) => {
        asked.push(request.url);
        response.writeHead(status).end('{}');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const child = spawn(process.execPath, args.map((text) => text.replace(':7001/', `:${server.address().port}/`)));
      expect((await once(child, 'exit'))[0]).to.equal(code);
      expect(asked).to.deep.equal(['/_internal_/version']);
      server.close();
      await once(server, 'close');
    }
  });

  it('reads as JSON where it says so, and links to what there is', () => {
    for (const text of blocks('json')) expect(() => JSON.parse(text), text).not.to.throw();
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#([^)]*))?\)/g)].filter(([, path]) => !path.startsWith('http'));
    for (const [, path, anchor] of links) {
      const target = resolve(ROOT, 'docs', path);
      expect(existsSync(target), path).to.equal(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(target, 'utf8')), `${path}#${anchor}`).to.include(anchor);
    }
    for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchorsOf(page)).to.include(anchor);
  });
});

/** As GitHub makes them. */
function anchorsOf(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'));
}
