import { AwsGateway } from '@cave/test-servers';
import type { StackService } from '../service-process.js';
import { serverOf, type Environment, type StackProfile } from './profile.js';
import { databaseEnvironment, metricsStoreEnvironment } from './shared.js';

const REGION = 'eu-west-1';
const ROOT_KEYS: Readonly<Record<StackService, string>> = { api: 'API_SERVICE', dbwriter: 'DB_WRITER', scheduler: 'SCHEDULER', worker: 'WORKER' };

/**
 * Emulators for Kinesis, DynamoDB, SNS and SQS, empty as a new account: the services make what
 * they need. PostgreSQL stands for RDS. Every call passes one gateway, which knows by the
 * access key which service makes it. Services are told by the parameter names of the first
 * CAVE's guide, where it had one.
 */
export const awsProfile: StackProfile = {
  servers: ['postgres', 'influxdb', 'kinesis', 'dynamodb', 'sns-sqs'],
  async connect(servers, { noteCalls }) {
    const [kinesis, dynamodb, queues] = (['kinesis', 'dynamodb', 'sns-sqs'] as const).map((name) => serverOf(servers, name).url) as [string, string, string];
    const gateway = await AwsGateway.start({ kinesis, dynamodb, sns: queues, sqs: queues }, { noteCalls });
    const shared = { ...databaseEnvironment(servers), ...metricsStoreEnvironment(servers), ...awsEnvironment(gateway.url) };
    return { environment: (service) => ({ ...shared, ...credentials(service) }), gateway, close: () => gateway.close() };
  },
};

function awsEnvironment(endpoint: string): Environment {
  return {
    AWS_KINESIS_ENDPOINT: endpoint,
    AWS_KINESIS_REGION: REGION,
    AWS_SQS_ENDPOINT: endpoint,
    AWS_SQS_REGION: REGION,
    AWS_SNS_ENDPOINT: endpoint,
    AWS_SNS_REGION: REGION,
    LEADER_ELECTION_ENDPOINT: endpoint,
    LEADER_ELECTION_REGION: REGION,
  };
}

/** The access key is the service's name: emulators take any, and whoever reads the calls sees who made them. */
function credentials(service: StackService): Environment {
  return { [`${ROOT_KEYS[service]}_AWS_CREDENTIALS_ACCESS_KEY`]: service, [`${ROOT_KEYS[service]}_AWS_CREDENTIALS_SECRET_KEY`]: `secret-of-${service}` };
}
