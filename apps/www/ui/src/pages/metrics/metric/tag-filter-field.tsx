import { Autocomplete, Button, Group, Pill, Text } from '@mantine/core';
import { MAX_TAGS, nameProblem } from '@cave/core/language';
import { useState } from 'react';
import type { TenantName } from '../../../api/client.js';
import { useTagValues } from '../../../metrics/metric-names.js';
import { withoutTag, withTag, type Tags } from '../../../metrics/tag-filter.js';

/** More are not looked through; typing narrows them. */
const OPTIONS_SHOWN = 50;

interface TagFilterFieldProps {
  readonly tenant: TenantName;
  readonly metric: string;
  readonly tagNames: readonly string[];
  readonly tags: Tags;
  readonly onChange: (tags: Tags) => void;
}

/** The tags that what is shown must have. Names and values are completed; a value is taken when it is chosen. */
export function TagFilterField({ tenant, metric, tagNames, tags, onChange }: TagFilterFieldProps): React.ReactNode {
  const [tag, setTag] = useState('');
  const [value, setValue] = useState('');
  // Only of names that there are: half a name has no values.
  const values = useTagValues(tenant, metric, tagNames.includes(tag) ? tag : '');
  const chosen = Object.entries(tags);
  const add = (added: string): void => {
    if (nameProblem(tag) !== null || nameProblem(added) !== null) return;
    onChange(withTag(tags, tag, added));
    setTag('');
    setValue('');
  };
  if (tagNames.length === 0 && chosen.length === 0) return null;
  return (
    <form
      aria-label="Filter by tags"
      onSubmit={(event) => {
        event.preventDefault();
        add(value);
      }}
    >
      <Group gap="sm" align="flex-end">
        <Autocomplete label="Tag" placeholder="such as host" value={tag} onChange={setTag} data={[...tagNames]} limit={OPTIONS_SHOWN} flex="1 1 8rem" maw={180} disabled={chosen.length >= MAX_TAGS} />
        <Autocomplete
          label="Value"
          value={value}
          onChange={setValue}
          onOptionSubmit={add}
          data={[...(values.data ?? [])]}
          limit={OPTIONS_SHOWN}
          flex="1 1 8rem"
          maw={220}
          disabled={tag === ''}
          error={values.error === null ? undefined : `Values cannot be completed now: ${values.error.message}`}
        />
        <Button type="submit" variant="default" disabled={tag === '' || value === ''}>Filter</Button>
        {chosen.length > 0 && (
          <Group gap={6} mih={36} role="group" aria-label="Tags that are filtered by">
            {chosen.map(([name, wanted]) => (
              <Pill
                key={name}
                size="md"
                bd="1px solid var(--mantine-color-default-border)"
                withRemoveButton
                // Mantine's own is for fields that take Backspace, and hidden from keyboard and screen readers.
                removeButtonProps={{ 'aria-label': `Remove the filter ${name}: ${wanted}`, 'aria-hidden': false, tabIndex: 0 }}
                onRemove={() => onChange(withoutTag(tags, name))}
              >
                <Text size="sm" span>{name}: {wanted}</Text>
              </Pill>
            ))}
          </Group>
        )}
      </Group>
    </form>
  );
}
