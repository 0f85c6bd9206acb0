import { expect } from 'chai';
import { faultPlan, randomFrom } from '../src/faults/plan.js';

describe('the plan of a fault run', () => {
  const victims = ['api', 'worker', 'kafka', 'redis'];
  const first = (seed: number, count: number): readonly { victim: string; fault: string }[] => {
    const plan = faultPlan(victims, randomFrom(seed));
    return Array.from({ length: count }, () => plan.next().value);
  };

  it('reaches every victim before any comes again, and with both faults in two rounds', () => {
    const two = first(7, 8);
    expect(two.slice(0, 4).map(({ victim }) => victim)).to.have.members(victims);
    expect(new Set(two.map(({ victim, fault }) => `${victim} ${fault}`)).size).to.equal(8);
  });

  it('is the same for the same seed and another for another', () => {
    expect(first(1, 40)).to.deep.equal(first(1, 40));
    expect(first(1, 40)).to.not.deep.equal(first(2, 40));
  });
});
