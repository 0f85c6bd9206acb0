import { CaveError } from '../../errors.js';
import type { ConfigStore, Tenant } from '../../ports/config-store.js';
import { hashSecret } from '../identity/secrets.js';
import { unknownToken } from '../identity/sessions.js';
import { unknownOrganization, unknownTeam } from './directory.js';

export interface PublishGrant {
  readonly tenant: Tenant;
  readonly tokenId: string;
}

/** Whether a token may publish for the tenant of these names: its own, or a team of its organization. */
export class PublishAccess {
  constructor(private readonly store: ConfigStore) {}

  /**
   * Throws `forbidden` for an unknown token, `not_found` for an unknown organization or team,
   * `forbidden` for one that is not the token's.
   */
  async authorize(secret: string, organizationName: string, teamName: string | null): Promise<PublishGrant> {
    const token = await this.store.tokens.findByHash(hashSecret(secret));
    if (token === null) throw unknownToken();
    const organization = await this.store.organizations.findByName(organizationName);
    if (organization === null) throw unknownOrganization(organizationName);
    const team = teamName === null ? null : await this.store.teams.findByName(organization.id, teamName);
    if (teamName !== null && team === null) throw unknownTeam(teamName);
    const { organizationId, teamId } = token.tenant;
    if (organizationId !== organization.id || (teamId !== null && teamId !== team?.id)) {
      throw new CaveError('forbidden', 'The token belongs to another organization or team.', { reason: 'foreign_token' });
    }
    return { tenant: { organization, team }, tokenId: token.id };
  }
}
