import { eventually } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { AwsAccount, isOfTheBus } from './support/aws-account.js';
import { DEAD_QUEUE_MS, SHORT_LEASES } from './support/aws-leases.js';
import { describeLeadership } from './support/leadership-suite.js';

const REMOVED_WITHIN_MS = 4 * DEAD_QUEUE_MS;

describeLeadership({
  profile: 'aws',
  title: 'three schedulers on AWS',
  leases: 'dynamodb',
  environment: SHORT_LEASES,
  more(stack) {
    /** Queues of the config bus, one for each instance, and what is subscribed: by name. */
    const places = async (): Promise<{ readonly queues: readonly string[]; readonly subscribed: readonly string[] }> => {
      const account = new AwsAccount(stack());
      const subscribed = (await account.subscriptions()).map((arn) => arn.slice(arn.lastIndexOf(':') + 1));
      return { queues: await account.queuesOfTheBus(), subscribed: subscribed.filter(isOfTheBus).sort() };
    };

    /** One queue and one subscription for each instance that subscribes: the schedulers and the api. */
    const eachHasItsOwn = (instances: number): Promise<readonly string[]> =>
      eventually(`${instances} queues and their subscriptions`, async () => {
        const { queues, subscribed } = await places();
        return queues.length === instances && subscribed.join() === queues.join() ? queues : undefined;
      }, REMOVED_WITHIN_MS);

    it('a scheduler that is told to stop leaves no queue and no subscription', async () => {
      const [stopping] = stack().instances('scheduler');
      const before = await eachHasItsOwn(4);
      expect(await stopping?.stop()).to.equal(0);
      const { queues, subscribed } = await places();
      expect(queues, 'queues').to.have.length(3);
      expect(before).to.include.members([...queues]);
      expect(subscribed, 'subscriptions').to.deep.equal(queues);
    });

    it('queue and subscription of a killed one are removed by the others', async () => {
      const [, killed] = stack().instances('scheduler');
      await killed?.kill();
      const began = performance.now();
      await eachHasItsOwn(2);
      console.log(`      removed after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    });
  },
});
