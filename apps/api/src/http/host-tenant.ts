import { isIP } from 'node:net';
import { CaveError } from '@cave/core';

/**
 * Reads the tenant from `Host: o.domain` or `t.o.domain`. Without a configured domain the last
 * two labels are the domain, as in the first CAVE. Throws `invalid_argument` for other hosts.
 */
export function tenantNamedByHost(host: string | undefined, domain: string | null): { readonly organization: string; readonly team: string | null } {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  const labels = name === '' || isIP(name) !== 0 || name.startsWith('[') ? [] : labelsBelow(name, domain);
  const [first, second] = labels;
  if (first !== undefined && first !== '' && labels.length === 1) return { organization: first, team: null };
  if (first !== undefined && first !== '' && second !== undefined && second !== '' && labels.length === 2) return { organization: second, team: first };
  throw new CaveError(
    'invalid_argument',
    `The host name names no organization; ask with "Host: organization.${domain ?? 'domain.tld'}", "Host: team.organization.${domain ?? 'domain.tld'}", or below /organizations/.`,
    { reason: 'invalid_host' },
  );
}

function labelsBelow(name: string, domain: string | null): readonly string[] {
  if (domain === null) return name.split('.').slice(0, -2);
  const suffix = `.${domain.toLowerCase()}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length).split('.') : [];
}
