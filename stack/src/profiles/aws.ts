import { AwsGateway, CloudWatchLogsStandIn } from '@cave/test-servers';
import type { StackService } from '../service-process.js';
import { serverOf, type Environment, type StackProfile } from './profile.js';
import { databaseEnvironment, metricsStoreEnvironment } from './shared.js';

const REGION = 'eu-west-1';
const ROOT_KEYS: Readonly<Record<StackService, string>> = { api: 'API_SERVICE', dbwriter: 'DB_WRITER', scheduler: 'SCHEDULER', worker: 'WORKER', www: 'WWW' };

/**
 * Emulators for Kinesis, DynamoDB, SNS and SQS, empty as a new account: the services make what
 * they need. PostgreSQL stands for RDS. A stand-in for CloudWatch Logs has a log group
 * `/cave/<service>` for each service, for whoever switches logs on by `log.cloudwatch.group`.
 * Every call passes one gateway, which knows by the access key which service makes it. Services
 * are told by the parameter names of the first CAVE's guide, where it had one.
 */
export const awsProfile: StackProfile = {
  servers: ['postgres', 'influxdb', 'kinesis', 'dynamodb', 'sns-sqs'],
  async connect(servers, { noteCalls }) {
    const [kinesis, dynamodb, queues] = (['kinesis', 'dynamodb', 'sns-sqs'] as const).map((name) => serverOf(servers, name).url) as [string, string, string];
    const logs = await CloudWatchLogsStandIn.start();
    for (const service of Object.keys(ROOT_KEYS)) logs.createGroup(`/cave/${service}`);
    const gateway = await AwsGateway.start({ kinesis, dynamodb, sns: queues, sqs: queues, logs: logs.url }, { noteCalls });
    const shared = { ...databaseEnvironment(servers), ...metricsStoreEnvironment(servers), ...awsEnvironment(gateway.url) };
    const close = async (): Promise<void> => {
      await gateway.close();
      await logs.close();
    };
    return { environment: (service) => ({ ...shared, ...credentials(service) }), gateway, close };
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
    AWS_DYNAMODB_ENDPOINT: endpoint,
    AWS_DYNAMODB_REGION: REGION,
    LOG_CLOUDWATCH_ENDPOINT: endpoint,
    LOG_CLOUDWATCH_REGION: REGION,
  };
}

/** The access key is the service's name: emulators take any, and whoever reads the calls sees who made them. */
function credentials(service: StackService): Environment {
  return { [`${ROOT_KEYS[service]}_AWS_CREDENTIALS_ACCESS_KEY`]: service, [`${ROOT_KEYS[service]}_AWS_CREDENTIALS_SECRET_KEY`]: `secret-of-${service}` };
}
