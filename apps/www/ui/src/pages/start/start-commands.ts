import { tenantPath, type TenantName } from '../../api/client.js';
import { shellWord } from './shell-word.js';

/** What a first point is published to and with. */
export interface StartFacts {
  /** Of the api, without a slash at the end. */
  readonly address: string;
  readonly tenant: TenantName;
  /** The value of a token while it is shown; null: the commands read it from `$CAVE_TOKEN`. */
  readonly token: string | null;
}

/** Sets the variable that the commands read where no token's value is shown. */
export const EXPORT_TOKEN = 'export CAVE_TOKEN=…';

// What the commands publish; any name, tag and value would do.
const CURL_BODY_BEFORE_TIME = '{"metrics":[{"name":"orders","value":1,"tags":{"shop":"a"},"timestamp":';
const CURL_BODY_AFTER_TIME = '}]}';
const CAVE_POINT = 'orders --value 1 --tag shop=a';

const NEXT_LINE = ' \\\n  ';

/** Publishes one point with the time of now; `-i` shows the status of the answer, whose body is empty. */
export function curlCommand({ address, tenant, token }: StartFacts): string {
  const user = token === null ? '"$CAVE_TOKEN:"' : shellWord(`${token}:`);
  return [
    `curl -i -u ${user}`,
    shellWord(`${address}${tenantPath(tenant)}/metrics`),
    "-H 'Content-Type: application/json'",
    `-d '${CURL_BODY_BEFORE_TIME}'"$(date +%s)"'${CURL_BODY_AFTER_TIME}'`,
  ].join(NEXT_LINE);
}

/** The same by the command line, in a checkout of CAVE. */
export function caveCommand(facts: StartFacts): string {
  return cave(facts, `publish ${CAVE_POINT}`);
}

/** Publishes what a computer does, every 5 seconds, until it is stopped. */
export function feedCommand(facts: StartFacts): string {
  return cave(facts, 'feed host');
}

/** The token goes by the environment, since every user of a machine can read the arguments of commands. */
function cave({ address, tenant, token }: StartFacts, command: string): string {
  const variable = token === null ? '' : `CAVE_TOKEN=${shellWord(token)} `;
  const team = tenant.team === null ? '' : ` --team ${shellWord(tenant.team)}`;
  return [`${variable}npm run cave -- ${command}`, `--url ${shellWord(address)} --org ${shellWord(tenant.organization)}${team}`].join(NEXT_LINE);
}
