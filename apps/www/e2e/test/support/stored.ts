import { eventually, expectCall } from '@cave/app-all-in-one/test-support';
import type { Person, Stage } from './browser.js';

/** Resolves once the api lists a metric of each of these names: what was published has been stored. */
export async function untilListed(stage: Stage, organization: string, { session }: Pick<Person, 'session'>, names: readonly string[]): Promise<void> {
  await eventually(`the metrics ${names.join(', ')}`, async () => {
    const listed = await expectCall<readonly { readonly name: string }[]>(200, stage.apiUrl, 'GET', `/organizations/${organization}/metric-names`, { token: session });
    return names.every((name) => listed.some((metric) => metric.name === name)) ? true : undefined;
  });
}
