import { absent, required } from '@cave/test-servers';
import { PROFILE_STACKS, type StackProfileName } from '../../src/index.js';

/** A suite that needs every server of a profile's stack: without them one pending test that says why, or a failure where `CAVE_TEST_REQUIRE` names one. */
export function describeOnStack(profile: StackProfileName, title: string, body: () => void): void {
  describe(title, function () {
    this.timeout(5 * 60_000);
    const missing = PROFILE_STACKS[profile].servers.filter((name) => absent(name) !== null);
    if (missing.length === 0) {
      body();
    } else if (missing.some((name) => required(name))) {
      it('has its servers', () => {
        throw new Error(`CAVE_TEST_REQUIRE names ${missing.join(', ')}, which cannot be had here (scripts/services install).`);
      });
    } else {
      it(`all cases [not proven: there is no ${missing.join(', no ')} here (scripts/services install)]`);
    }
  });
}
