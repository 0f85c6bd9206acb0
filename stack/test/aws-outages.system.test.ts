import { SHORT_LEASES } from './support/aws-leases.js';
import { describeOutages } from './support/outages-suite.js';

/** The services of AWS have one address here, and in AWS none that says anything: they are named by name. */
describeOutages({
  profile: 'aws',
  environment: SHORT_LEASES,
  dependents: [
    { server: 'kinesis', service: 'dbwriter', part: 'raw-stream', named: 'Kinesis' },
    { server: 'dynamodb', service: 'scheduler', part: 'leader-election', named: 'DynamoDB' },
    { server: 'sns-sqs', service: 'worker', part: 'work-queue', named: 'SQS' },
  ],
});
