import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ACCOUNT, WITHOUT_RESOURCE, type Permission } from './permissions.js';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface Difference {
  /** Needed and not allowed, as `action on resource`. */
  readonly denied: readonly string[];
  /** Allowed and never needed. */
  readonly unused: readonly string[];
}

/** What comes before the name in the ARNs of a service; nothing for queues and topics. */
const RESOURCE_TYPES: Readonly<Record<string, string>> = { kinesis: 'stream/', dynamodb: 'table/', logs: 'log-group:/' };

const DIRECTORY = fileURLToPath(new URL('../../../../../adapters/aws/iam/', import.meta.url));

/** What a service may do that also logs to CloudWatch Logs: its policies as they are committed, with this account's values in place of the placeholders. */
export async function policyOf(service: string): Promise<Policy> {
  const [own, logs] = await Promise.all([readPolicy(service, service), logsPolicyOf(service)]);
  return { ...own, Statement: [...own.Statement, ...logs.Statement] };
}

/** What a service may do that asks AWS for nothing but to take its logs. */
export function logsPolicyOf(service: string): Promise<Policy> {
  return readPolicy('cloudwatch-logs', service);
}

async function readPolicy(name: string, service: string): Promise<Policy> {
  const values = { ...ACCOUNT, Service: service };
  const text = await readFile(`${DIRECTORY}${name}.json`, 'utf8');
  return JSON.parse(text.replaceAll(/\$\{(Partition|Region|Account|Service)\}/g, (_, key: keyof typeof values) => values[key])) as Policy;
}

/** For an account in which everything is there already: without the statements that an operator may leave out then. */
export function withoutMaking(policy: Policy): Policy {
  return { ...policy, Statement: policy.Statement.filter(({ Sid }) => !Sid.startsWith('MakeThe')) };
}

/** Each action on each resource of a statement counts alone. */
export function compare(policy: Policy, needed: readonly Permission[]): Difference {
  const allowed = grantsOf(policy);
  const covers = (grant: Permission, one: Permission): boolean => grant.action === one.action && matches(grant.resource, one.resource);
  return {
    denied: needed.filter((one) => !allowed.some((grant) => covers(grant, one))).map(said),
    unused: allowed.filter((grant) => !needed.some((one) => covers(grant, one))).map(said),
  };
}

/** What is wider than IAM makes necessary, each in a sentence. */
export function tooWide(policy: Policy): readonly string[] {
  return grantsOf(policy).flatMap(({ action, resource }) => {
    if (action.includes('*')) return [`${action} stands for more than one action.`];
    if (action in WITHOUT_RESOURCE) return resource === '*' ? [] : [`${action} knows no resource; ${resource} would not be granted.`];
    const [, service = '', region = '', account = '', name = ''] = /^arn:aws:([^:]*):([^:]*):([^:]*):(.*)$/.exec(resource) ?? [];
    const type = RESOURCE_TYPES[service] ?? '';
    // The part of a name that CAVE fixes comes first; what follows is an instance's.
    const isNamed = region === ACCOUNT.Region && account === ACCOUNT.Account && name.startsWith(type) && /^[A-Za-z]/.test(name.slice(type.length));
    return isNamed ? [] : [`${action} is allowed on ${resource}, which names nothing.`];
  });
}

function grantsOf(policy: Policy): readonly Permission[] {
  return policy.Statement.flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))));
}

/** `*` in a pattern stands for any text, as in IAM. */
function matches(pattern: string, resource: string): boolean {
  return new RegExp(`^${pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(resource);
}

function said({ action, resource }: Permission): string {
  return `${action} on ${resource}`;
}
