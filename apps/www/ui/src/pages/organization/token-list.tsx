import { ActionIcon, Code, Table, Text, VisuallyHidden } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { TimeText } from '../../parts/time-text.js';
import { useTenant } from '../../shell/tenant-scope.js';
import { useDeleteToken, type Token } from './token-queries.js';
import { useKept } from './use-kept.js';

interface TokenListProps {
  readonly tokens: readonly Token[];
  readonly onDeleted: (id: string) => void;
}

export function TokenList({ tokens, onDeleted }: TokenListProps): React.ReactNode {
  const [deleting, setDeleting] = useState<Token | null>(null);
  const last = tokens.length === 1;
  return (
    <>
      <Table verticalSpacing="xs" aria-label="Tokens">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Description</Table.Th>
            <Table.Th>Ends in</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th w={50}><VisuallyHidden>Delete</VisuallyHidden></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{token.description}</Table.Td>
              <Table.Td><Code style={{ whiteSpace: 'nowrap' }}>{token.hint}</Code></Table.Td>
              <Table.Td><TimeText iso={token.created} /></Table.Td>
              <Table.Td>
                {!last && <ActionIcon variant="subtle" color="red" aria-label={`Delete the token ${token.description}, which ends in ${token.hint}`} onClick={() => setDeleting(token)}><IconTrash size={18} aria-hidden /></ActionIcon>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {last && <Text size="sm" c="dimmed">The last token cannot be deleted. To replace it, create another one first.</Text>}
      <DeleteTokenDialog token={deleting} onClose={() => setDeleting(null)} onDeleted={onDeleted} />
    </>
  );
}

interface DeleteTokenDialogProps {
  /** What goes; null: nothing is asked. */
  readonly token: Token | null;
  readonly onClose: () => void;
  readonly onDeleted: (id: string) => void;
}

function DeleteTokenDialog({ token, onClose, onDeleted }: DeleteTokenDialogProps): React.ReactNode {
  const { tenant } = useTenant();
  const remove = useDeleteToken(tenant);
  const asked = useKept(token);
  if (asked === null) return null;
  const close = (): void => {
    remove.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={token !== null}
      onClose={close}
      title={`Delete the token "${asked.description}"?`}
      consequence={`Applications that publish with it, the one that ends in "${asked.hint.replace('…', '')}", are refused within a few seconds. It cannot be brought back.`}
      action={`Delete the token "${asked.description}"`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(asked.id, {
        onSuccess: () => {
          notifications.show({ message: `The token "${asked.description}" is deleted.` });
          onDeleted(asked.id);
          close();
        },
      })}
    />
  );
}
