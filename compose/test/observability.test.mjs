import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ROOT, sources } from '../../scripts/lib/ready.mjs';
import { COMPOSE, composeFile, ownServices } from './support/stacks.mjs';

const load = (path) => import(pathToFileURL(join(ROOT, path)).href);
const [{ allServices }, { serviceSettings }, { PrometheusTelemetry }] = await Promise.all([
  load('apps/all-in-one/dist/src/index.js'),
  load('apps/runtime/dist/src/configuration/base-settings.js'),
  load('apps/runtime/dist/src/telemetry.js'),
]);

const read = (path) => readFileSync(join(COMPOSE, 'observability', path), 'utf8');
const dashboard = JSON.parse(read('grafana/cave.json'));
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Names and labels of what CAVE's code counts, sets and observes. */
function emitted() {
  const metrics = new Map();
  for (const path of ['core', 'apps', 'adapters'].flatMap((name) => sources(join(ROOT, name)))) {
    if (!/\/src\/.*\.ts$/.test(path)) continue;
    for (const [, kind, name, rest] of readFileSync(path, 'utf8').matchAll(/\.(count|gauge|observe)\(\s*'(cave_\w+)'(.*)/g)) {
      const labels = [.../\{([^}]*)\}/.exec(rest)?.[1].matchAll(/(\w+)(?=:|,|\s*$)/g) ?? []].map(([, label]) => label);
      for (const suffix of kind === 'observe' ? ['_bucket', '_sum', '_count'] : ['']) metrics.set(`${name}${suffix}`, new Set(labels));
    }
  }
  return metrics;
}

describe('the observability stack', () => {
  const stack = composeFile('observability.yaml');
  const { scrape_configs: jobs } = parse(read('prometheus.yaml'));

  it('scrapes the metrics of every service, where it serves them, as an operator', () => {
    const targets = jobs.map(({ dns_sd_configs: [{ names: [name], port }] }) => ({ name, port }));
    expect(targets).to.have.deep.members(allServices.map((definition) => ({ name: definition.name, port: serviceSettings(definition).properties['http.port'].default })));
    expect(ownServices(composeFile('open.yaml'))).to.include.members(targets.map(({ name }) => name));
    for (const { job_name, metrics_path, authorization } of jobs) expect({ job_name, metrics_path, authorization }).to.deep.equal({ job_name, metrics_path: '/_internal_/metrics', authorization: { credentials_file: '/run/secrets/operator-token' } });
    expect(stack.services.prometheus.secrets).to.include('operator-token');
  });

  it('gives every scraped service of either stack the operator token', () => {
    for (const { services } of [composeFile('open.yaml'), composeFile('aws.yaml')]) for (const { rootKey, name } of allServices) expect(services[name].environment, name).to.include({ [`${rootKey.toUpperCase().replaceAll('-', '_')}_OPERATOR_TOKEN_FILE`]: '/run/secrets/operator-token' });
  });

  it('shows only metrics, and labels, that exist', async () => {
    const known = emitted();
    expect(known.size).to.be.above(20);
    const { body } = await new PrometheusTelemetry().text();
    for (const [, name] of body.matchAll(/^# TYPE (\S+)/gm)) known.set(name, new Set());
    expect(expressions).to.have.length.above(20);
    for (const expression of expressions) {
      const names = expression.match(/\b(?:cave|process|nodejs)_\w+/g) ?? [];
      expect(names, expression).to.not.be.empty;
      expect(names.filter((name) => !known.has(name)), expression).to.deep.equal([]);
      const by = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/,\s*/)).filter((label) => label !== 'le');
      for (const name of names) expect([...known.get(name)], expression).to.include.members(by);
    }
  });

  it('shows every metric that CAVE emits on servers', () => {
    const shown = expressions.join('\n');
    // The embedded adapters are in no stack.
    expect([...emitted().keys()].filter((name) => !/_(?:sum|count)$|^cave_embedded_/.test(name) && !shown.includes(name))).to.deep.equal([]);
  });

  it('has a dashboard whose panels ask the provisioned data source', () => {
    const { datasources: [{ uid, url }] } = parse(read('grafana/datasource.yaml'));
    expect(url).to.equal('http://prometheus:9090');
    const asked = new Set(dashboard.panels.filter(({ type }) => type !== 'row').flatMap(({ datasource, targets }) => [datasource.uid, ...targets.map((target) => target.datasource.uid)]));
    expect([...asked]).to.deep.equal([uid]);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const { providers: [{ options }] } = parse(read('grafana/dashboards.yaml'));
    const mounts = stack.services.grafana.volumes.map((one) => one.split(':'));
    expect(mounts.find(([source]) => source.endsWith('/cave.json'))?.[1]).to.equal(`${options.path}/cave.json`);
  });
});
