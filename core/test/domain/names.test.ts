import { assert } from 'chai';
import fc from 'fast-check';
import { includesRole, mintDatabaseKey, nameProblem, normalizeTimestamp, seriesKey, tenantNameProblem, timeBounds } from '../../src/index.js';

describe('tenantNameProblem', () => {
  it('accepts what the pattern says', () => {
    for (const name of ['a', 'gilt', 'G1-b_c', '0', 'a'.repeat(63), 'cave', 'caveman']) assert.isNull(tenantNameProblem(name), name);
  });

  it('refuses everything else, and reserved names in any case', () => {
    for (const name of ['', '-a', 'a-', '_a', 'a.b', 'a b', 'é', 'a'.repeat(64), 'a\n', 'cave-kpi', 'CAVE-x']) assert.isString(tenantNameProblem(name), name);
  });
});

describe('nameProblem', () => {
  it('counts code points, and takes 127', () => {
    assert.isNull(nameProblem('x'.repeat(127)));
    assert.isNull(nameProblem('😀'.repeat(127)));
    assert.isNull(nameProblem('odd "name" [with] \\ everything: é'));
    assert.match(nameProblem('x'.repeat(128)) ?? '', /shorter than 128/);
    assert.match(nameProblem('😀'.repeat(128)) ?? '', /shorter than 128/);
    assert.match(nameProblem(`${'😀'.repeat(127)}x`) ?? '', /shorter than 128/);
  });

  it('refuses nothing at all, control characters and broken Unicode', () => {
    for (const name of ['', '\u0000', 'a\nb', 'a\u007f', 'a\u0085', '\ud800', 'a\udc00b']) assert.isString(nameProblem(name), JSON.stringify(name));
  });
});

describe('normalizeTimestamp', () => {
  it('takes seconds, milli-, micro- and nanoseconds', () => {
    const seconds = 1_700_000_000;
    assert.deepEqual([seconds, seconds * 1e3 + 999, seconds * 1e6 + 999_999, seconds * 1e9].map(normalizeTimestamp), [seconds, seconds, seconds, seconds]);
    assert.equal(normalizeTimestamp(95_617_584_000), 95_617_584_000);
    assert.equal(normalizeTimestamp(95_617_584_001), 95_617_584);
    assert.equal(normalizeTimestamp(1.9), 1);
    assert.isNaN(normalizeTimestamp(Infinity));
  });

  it('knows how old and how new a point may be', () => {
    assert.deepEqual(timeBounds(1_000_000, 500_000), { oldest: 500_000, newest: 1_086_400 });
  });
});

describe('includesRole', () => {
  it('orders admin over member over viewer, and counts team as none', () => {
    assert.isTrue(includesRole('admin', 'member') && includesRole('member', 'member') && includesRole('member', 'viewer'));
    assert.isFalse(includesRole('viewer', 'member') || includesRole('member', 'admin') || includesRole('team', 'viewer') || includesRole(null, 'viewer'));
  });
});

describe('mintDatabaseKey', () => {
  it('is the name and a random part, new each time', () => {
    assert.match(mintDatabaseKey('Gilt', null), /^gilt-[0-9a-z]{8}$/);
    assert.match(mintDatabaseKey('gilt', 'twain'), /^twain\.gilt-[0-9a-z]{8}$/);
    assert.lengthOf([...new Set(Array.from({ length: 100 }, () => mintDatabaseKey('gilt', null)))], 100);
  });
});

describe('seriesKey', () => {
  it('ignores the order of tags and tells everything else apart', () => {
    assert.equal(seriesKey('a', { b: '1', c: '2' }), seriesKey('a', { c: '2', b: '1' }));
    const part = fc.string({ unit: fc.constantFrom('a', '1', ':', '"'), maxLength: 4 });
    const series = fc.tuple(part, fc.array(fc.tuple(part, part), { maxLength: 3 }).map((tags) => [...new Map(tags)].sort(([a], [b]) => (a < b ? -1 : 1))));
    fc.assert(
      fc.property(series, series, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        assert.equal(seriesKey(a[0], Object.fromEntries(a[1])) === seriesKey(b[0], Object.fromEntries(b[1])), same);
      }),
      { numRuns: 1_000 },
    );
  });
});
