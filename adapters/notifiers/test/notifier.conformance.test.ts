import { mochaFrame, runNotifierConformance } from '@cave/conformance';
import pagerduty from '../src/pagerduty.js';
import webhook from '../src/webhook.js';
import { harness } from './harness.js';
import { Receiver } from './receiver.js';

describe('built-in notifiers', () => {
  const receiver = new Receiver();
  before(() => receiver.listen());
  after(() => receiver.close());
  runNotifierConformance(mochaFrame(), harness(webhook, '/hook', receiver));
  runNotifierConformance(mochaFrame(), harness(pagerduty, '/generic/2010-04-15/create_event.json', receiver));
});
