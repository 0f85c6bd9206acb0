import { Stack, Text } from '@mantine/core';
import { Page } from '../../parts/page.js';
import { QueryView } from '../../parts/query-view.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { StartGuide } from '../start/start-guide.js';
import { NewTokenForm } from './new-token-form.js';
import { RoleNeeded } from './role-needed.js';
import { TokenList } from './token-list.js';
import { useCreateToken, useTokens } from './token-queries.js';

export default function TokensPage(): React.ReactNode {
  const { can } = useTenant();
  return can('admin') ? <Tokens /> : <RoleNeeded title="Tokens" need="admin" purpose="to see and create tokens" />;
}

function Tokens(): React.ReactNode {
  const { tenant, title } = useTenant();
  const tokens = useTokens(tenant);
  const create = useCreateToken(tenant);
  const created = create.data;
  return (
    <Page title="Tokens" subtitle={title}>
      <Text size="sm">{`Applications publish metrics with a token, and can do nothing else with it.${tenant.team === null ? ' A token of the organization also publishes for its teams.' : ' Tokens of the organization publish for this team too.'}`}</Text>
      {created !== undefined && (
        <Stack component="section" aria-label="The new token">
          <SecretOnce title={`Token "${created.description}"`} secret={created.value} />
        </Stack>
      )}
      <QueryView query={tokens} loading="Loading tokens">
        {(list) => (
          <>
            <TokenList tokens={list} onDeleted={(id) => id === created?.id && create.reset()} />
            <NewTokenForm existing={list.length} create={create} />
          </>
        )}
      </QueryView>
      {created !== undefined && <StartGuide tenant={tenant} token={created.value} managesTokens />}
    </Page>
  );
}
