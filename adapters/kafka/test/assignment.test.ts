import { expect } from 'chai';
import fc from 'fast-check';
import { assign, type Candidate } from '../src/assignment.js';

const PARTITIONS = 12;
/** Members with any claims, also doubled ones and ones on partitions that are gone. */
const groups = fc
  .array(fc.uniqueArray(fc.integer({ min: 0, max: PARTITIONS + 3 })), { minLength: 1, maxLength: 6 })
  .map((claims): Candidate[] => claims.map((held, i) => ({ memberId: `member-${i}`, held })));
const partitions = Array.from({ length: PARTITIONS }, (_, i) => i);

describe('sharing out partitions', () => {
  it('gives each partition to one member, in shares that differ by one at most', () => {
    fc.assert(
      fc.property(groups, (members) => {
        const shares = [...assign(partitions, members).values()];
        expect(shares.flat().sort((a, b) => a - b)).to.deep.equal(partitions);
        const sizes = shares.map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1);
      }),
    );
  });

  it('moves nothing when it is shared out again', () => {
    fc.assert(
      fc.property(groups, (members) => {
        const first = assign(partitions, members);
        const again = assign(partitions, members.map(({ memberId }) => ({ memberId, held: first.get(memberId) ?? [] })).reverse());
        for (const [memberId, share] of first) expect([...(again.get(memberId) ?? [])].sort()).to.deep.equal([...share].sort());
      }),
    );
  });

  it('takes from those who stay no more than a newcomer is due', () => {
    const shares = assign(partitions, [{ memberId: 'old', held: partitions }, { memberId: 'new', held: [] }]);
    expect(shares.get('old')).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(shares.get('new')).to.deep.equal([6, 7, 8, 9, 10, 11]);
  });
});
