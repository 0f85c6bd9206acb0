import { Anchor, Code, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router-dom';
import { tenantPath, type TenantName } from '../../api/client.js';
import { apiAddress, UNKNOWN_API_ADDRESS } from './api-address.js';
import { CommandBlock } from './command-block.js';
import { FirstMetric } from './first-metric.js';
import { caveCommand, curlCommand, EXPORT_TOKEN, feedCommand } from './start-commands.js';

interface StartGuideProps {
  readonly tenant: TenantName;
  /** While it is shown after its creation; it is in this page's memory alone. Null: it is not known. */
  readonly token: string | null;
  /** Whether the person may look at the tokens and create one. */
  readonly managesTokens: boolean;
}

/** How to get the first metric into an organization or team: the exact commands, and whether it worked. */
export function StartGuide({ tenant, token, managesTokens }: StartGuideProps): React.ReactNode {
  const facts = { address: apiAddress(), tenant, token };
  return (
    <Paper withBorder p="md" component="section" aria-label="Publish your first metric">
      <Stack>
        <Title order={2} size="h4">Publish your first metric</Title>
        <Text size="sm">Run one of these in a terminal.</Text>
        {token === null && <TokenNeeded tenant={tenant} managesTokens={managesTokens} />}
        {facts.address === UNKNOWN_API_ADDRESS && (
          <Text size="sm">Put the address of CAVE's api in place of <Code>{UNKNOWN_API_ADDRESS}</Code>: this page does not know it. Whoever runs CAVE does.</Text>
        )}
        <CommandBlock title="One point, with curl" command={curlCommand(facts)} />
        <CommandBlock title="One point, in a checkout of CAVE" command={caveCommand(facts)} />
        <CommandBlock title="Processor, memory, disk and network of your computer, every 5 seconds" command={feedCommand(facts)} />
        <FirstMetric tenant={tenant} />
      </Stack>
    </Paper>
  );
}

function TokenNeeded({ tenant, managesTokens }: { readonly tenant: TenantName; readonly managesTokens: boolean }): React.ReactNode {
  return (
    <Text size="sm">
      {'They read a token for publishing from the variable CAVE_TOKEN; set it first: '}
      <Code>{EXPORT_TOKEN}</Code>
      {'. '}
      {managesTokens
        ? <>A token's value is shown once, when it is created. If nobody has kept one, <Anchor component={Link} to={`${tenantPath(tenant)}/tokens`} underline="always">create another token</Anchor>.</>
        : 'An admin can give you one.'}
    </Text>
  );
}
