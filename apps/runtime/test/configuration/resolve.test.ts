import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { OptionsSchema } from '@cave/core';
import { resolve } from '../../src/configuration/resolve.js';
import { printConfiguration } from '../../src/configuration/print.js';
import type { RawLayers, Resolution, SettingGroup } from '../../src/configuration/types.js';
import { temporaryDirectory } from '../support/temporary.js';

const HTTP: OptionsSchema = {
  type: 'object',
  properties: {
    'http.port': { type: 'integer', minimum: 0, maximum: 65535, default: 7001, description: 'Port.' },
    'http.host': { type: 'string', description: 'Host.' },
    'verbose-names': { type: 'boolean', default: false, description: 'A flag.' },
    networks: { type: 'array', items: { type: 'string' }, default: [], description: 'A list.' },
  },
};
const DATABASE: OptionsSchema = {
  type: 'object',
  properties: {
    host: { type: 'string', default: 'localhost', description: 'Server.' },
    user: { type: 'string', description: 'User.' },
    password: { type: 'string', 'x-secret': true, description: 'Password.' },
    'pool-size': { type: 'integer', default: 10, description: 'Connections.' },
  },
  required: ['user'],
};
const SERVICE: SettingGroup = { id: 'api-service', scopes: [['api-service']], schema: HTTP };
const SHARED: SettingGroup = { id: 'config-store', scopes: [['api-service.database', 'worker.database'], ['database']], schema: DATABASE };

interface Input {
  readonly shipped?: unknown;
  readonly file?: unknown;
  readonly environment?: Record<string, string>;
  readonly set?: readonly string[];
}

function run(input: Input, groups: readonly SettingGroup[] = [SERVICE], tolerated = (): boolean => false): Resolution {
  const raw: RawLayers = {
    files: [
      { source: { layer: 'shipped', text: 'shipped file' }, document: input.shipped ?? {} },
      { source: { layer: 'file', text: 'file my.yaml' }, document: input.file ?? {} },
    ],
    environment: input.environment ?? {},
    assignments: input.set ?? [],
  };
  return resolve(raw, groups, tolerated);
}

function port(input: Input): unknown {
  const resolution = run(input);
  expect(resolution.problems).to.deep.equal([]);
  return resolution.groups.get('api-service')?.['http.port'];
}

describe('configuration', () => {
  const directory = temporaryDirectory();

  it('takes the strongest of default, shipped file, file, environment and --set', () => {
    const shipped = { 'api-service': { http: { port: 1 } } };
    const file = { 'api-service': { http: { port: 2 } } };
    const environment = { API_SERVICE_HTTP_PORT: '3' };
    expect(port({})).to.equal(7001);
    expect(port({ shipped })).to.equal(1);
    expect(port({ shipped, file })).to.equal(2);
    expect(port({ shipped, file, environment })).to.equal(3);
    expect(port({ shipped, file, environment, set: ['api-service.http.port=4', 'api-service.http.port=5'] })).to.equal(5);
  });

  it('reads dotted keys in files like nested ones', () => {
    expect(port({ file: { 'api-service.http.port': 9 } })).to.equal(9);
  });

  it('reads booleans and lists from text', () => {
    const { groups, problems } = run({ environment: { API_SERVICE_VERBOSE_NAMES: 'true', API_SERVICE_NETWORKS: '10.0.0.0/8, 127.0.0.0/8' } });
    expect(problems).to.deep.equal([]);
    expect(groups.get('api-service')).to.include({ 'verbose-names': true });
    expect(groups.get('api-service')?.['networks']).to.deep.equal(['10.0.0.0/8', '127.0.0.0/8']);
  });

  it('reads the file that a variable with _FILE names, without its last newline', () => {
    const path = join(directory.path(), 'secret');
    writeFileSync(path, 'sesame\n');
    const { groups } = run({ environment: { DATABASE_USER: 'u', DATABASE_PASSWORD_FILE: path } }, [SHARED]);
    expect(groups.get('config-store')).to.include({ password: 'sesame' });
  });

  it('says when the file of a _FILE variable is missing, and when both forms are set', () => {
    const missing = run({ environment: { DATABASE_USER: 'u', DATABASE_PASSWORD_FILE: join(directory.path(), 'nothing') } }, [SHARED]);
    expect(missing.problems).to.have.length(1);
    expect(missing.problems[0]).to.match(/"database.password".*DATABASE_PASSWORD_FILE cannot be read/);
    const path = join(directory.path(), 'secret');
    writeFileSync(path, 'a');
    const both = run({ environment: { DATABASE_USER: 'u', DATABASE_PASSWORD: 'b', DATABASE_PASSWORD_FILE: path } }, [SHARED]);
    expect(both.problems).to.include('DATABASE_PASSWORD and DATABASE_PASSWORD_FILE are both set; keep one of them.');
  });

  it('takes the first CAVE’s names as aliases, in files and environment', () => {
    const fromFile = run({ file: { 'api-service': { aws: { rds: { 'database-user': 'gilt' } } } } }, [SHARED]);
    expect(fromFile.problems).to.deep.equal([]);
    expect(fromFile.groups.get('config-store')).to.include({ user: 'gilt' });
    const fromEnvironment = run({ environment: { API_SERVICE_AWS_RDS_DATABASE_USER: 'gilt' } }, [SHARED]);
    expect(fromEnvironment.groups.get('config-store')).to.include({ user: 'gilt' });
  });

  it('refuses two names of one setting with different values and allows equal ones', () => {
    const file = { 'api-service': { aws: { rds: { 'database-user': 'gilt' } } } };
    const different = run({ file, environment: { API_SERVICE_DATABASE_USER: 'other' } }, [SHARED]);
    expect(different.problems).to.have.length(1);
    expect(different.problems[0]).to.include('two names of one setting').and.include('api-service.aws.rds.database-user').and.include('API_SERVICE_DATABASE_USER');
    expect(run({ file, environment: { API_SERVICE_DATABASE_USER: 'gilt' } }, [SHARED]).problems).to.deep.equal([]);
  });

  it('refuses services of one process that want one shared adapter differently', () => {
    const { problems } = run({ file: { 'api-service': { database: { user: 'a' } }, worker: { database: { user: 'b' } } } }, [SHARED]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include('"api-service.database.user"').and.include('"worker.database.user"').and.include('share');
  });

  it('lets what is below a service’s root key win over the top level', () => {
    const { groups } = run({ file: { 'api-service': { database: { user: 'mine' } } }, environment: { DATABASE_USER: 'all' } }, [SHARED]);
    expect(groups.get('config-store')).to.include({ user: 'mine' });
  });

  it('names every wrong key at once, with its source and the nearest right one', () => {
    const { problems } = run({
      file: { 'api-service': { http: { prt: 1, host: 5 } } },
      environment: { API_SERVICE_HTTP_PROT: '1', API_SERVICE_HTTP_PORT: 'many' },
      set: ['api-service.verbose-name=true', 'nonsense'],
    });
    expect(problems).to.have.members([
      '"api-service.http.prt" (file my.yaml) is not a setting. Did you mean "api-service.http.port"?',
      '"api-service.http.host" (file my.yaml) must be string.',
      'The environment variable API_SERVICE_HTTP_PROT is not a setting. Did you mean "API_SERVICE_HTTP_PORT"?',
      '"api-service.http.port" (environment variable API_SERVICE_HTTP_PORT) must be integer.',
      '"api-service.verbose-name" (--set api-service.verbose-name) is not a setting. Did you mean "api-service.verbose-names"?',
      '--set takes key=value; "nonsense" has no "=".',
    ]);
  });

  it('names a required option that nobody gave', () => {
    expect(run({}, [SHARED]).problems).to.deep.equal(['"api-service.database.user" is required and was not given.']);
  });

  it('lets a name stand in for an option of which nobody speaks, the upper row first', () => {
    const election: SettingGroup = { id: 'leader-election', scopes: [['scheduler.leader-election'], ['leader-election']], schema: { type: 'object', properties: { region: { type: 'string', description: 'Region.' } } } };
    const region = (set: readonly string[]): unknown => {
      const { groups, problems } = run({ set }, [election]);
      expect(problems).to.deep.equal([]);
      return groups.get('leader-election')?.['region'];
    };
    const other = 'aws.sqs.region=sqs';
    expect(region([])).to.equal(undefined);
    expect(region(['scheduler.aws.sqs.region=sqs'])).to.equal('sqs');
    expect(region([other, 'aws.kinesis.region=kinesis'])).to.equal('kinesis');
    expect(region([other, 'aws.kinesis.region=kinesis', 'scheduler.aws.kinesis.region=below'])).to.equal('below');
    expect(region([other, 'scheduler.aws.kinesis.region=below', 'aws.dynamodb.region=dynamodb'])).to.equal('dynamodb');
    expect(region([other, 'leader-election.region=own'])).to.equal('own');
    expect(run({ set: ['aws.dynamodb.region=dynamodb', 'leader-election.region=own'] }, [election]).problems).to.have.length(1);
  });

  it('passes over the variables that Kubernetes makes of a Service named api, inside Kubernetes only', () => {
    const environment = { API_SERVICE_SERVICE_HOST: '10.0.0.1', API_SERVICE_PORT_7001_TCP_ADDR: '10.0.0.1', API_SERVICE_PORT: 'tcp://10.0.0.1:7001' };
    expect(run({ environment }).problems).to.have.length(3);
    expect(run({ environment: { ...environment, KUBERNETES_SERVICE_HOST: '10.0.0.1' } }).problems).to.deep.equal([]);
  });

  it('passes over what is another program’s variable, and over nothing else that begins as it does', () => {
    expect(run({ environment: { WWW_HOME: 'https://example.com' } }).problems).to.deep.equal([]);
    expect(run({ environment: { WWW_HOMES: 'https://example.com' } }).problems).to.have.length(1);
  });

  it('prints each value with its source and masks secrets', () => {
    const { entries } = run({ environment: { API_SERVICE_DATABASE_USER: 'gilt', API_SERVICE_AWS_RDS_DATABASE_PASSWORD: 'sesame' } }, [SHARED]);
    const printed = printConfiguration(entries);
    expect(printed).to.match(/^api-service\.database\.user: "gilt" +# environment variable API_SERVICE_DATABASE_USER$/m);
    expect(printed).to.match(/^api-service\.aws\.rds\.database-password: \*{8} +# environment variable API_SERVICE_AWS_RDS_DATABASE_PASSWORD$/m);
    expect(printed).to.match(/^api-service\.database\.pool-size: 10 +# default$/m);
    expect(printed).not.to.include('sesame');
  });
});
