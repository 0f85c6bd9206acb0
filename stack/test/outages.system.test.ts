import { describeOutages } from './support/outages-suite.js';

describeOutages({
  profile: 'open',
  dependents: [
    { server: 'postgres', service: 'api', part: 'config-store' },
    { server: 'redis', service: 'scheduler', part: 'leader-election' },
    { server: 'rabbitmq', service: 'worker', part: 'work-queue' },
    { server: 'influxdb', service: 'dbwriter', part: 'metrics-store' },
    { server: 'kafka', service: 'dbwriter', part: 'raw-stream' },
  ],
});
