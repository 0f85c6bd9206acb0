import { Group, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { LONGEST_SEARCH, type AlertListView } from '../list-view.js';

const PAUSE_MS = 300;

interface AlertFiltersProps {
  readonly view: AlertListView;
  /** `typing`: no step of its own for the back button. */
  readonly change: (changes: Partial<AlertListView>, how?: 'typing') => void;
}

/** What of the alerts is shown, and in which order. */
export function AlertFilters({ view, change }: AlertFiltersProps): React.ReactNode {
  const nullable = <T extends string>(value: string): T | null => (value === '' ? null : (value as T));
  return (
    <Group align="flex-end" gap="sm" role="search" aria-label="Alerts">
      <SearchField view={view} change={change} />
      <NativeSelect
        label="State"
        value={view.state ?? ''}
        onChange={(event) => change({ state: nullable(event.currentTarget.value) })}
        data={[{ value: '', label: 'Any state' }, { value: 'firing', label: 'Firing' }, { value: 'ok', label: 'OK' }]}
      />
      <NativeSelect
        label="Health"
        value={view.health ?? ''}
        onChange={(event) => change({ health: nullable(event.currentTarget.value) })}
        data={[{ value: '', label: 'Any health' }, { value: 'fine', label: 'Fine' }, { value: 'no_data', label: 'No data' }, { value: 'error', label: 'Checks fail' }]}
      />
      <NativeSelect
        label="Enabled"
        value={view.enabled === null ? '' : String(view.enabled)}
        onChange={({ currentTarget: { value } }) => change({ enabled: value === '' ? null : value === 'true' })}
        data={[{ value: '', label: 'All' }, { value: 'true', label: 'Enabled' }, { value: 'false', label: 'Disabled' }]}
      />
      <NativeSelect
        label="Order"
        value={view.sort}
        onChange={(event) => change({ sort: event.currentTarget.value as AlertListView['sort'] })}
        data={[{ value: 'urgency', label: 'Most urgent first' }, { value: 'created', label: 'Oldest first' }]}
      />
    </Group>
  );
}

/** Asks once the typing pauses; Enter asks at once. */
function SearchField({ view: { q }, change }: AlertFiltersProps): React.ReactNode {
  const [typed, setTyped] = useState({ text: q, of: q });
  // The address has changed otherwise, by the back button for instance.
  if (typed.of !== q) setTyped({ text: q.trim() === typed.text.trim() ? typed.text : q, of: q });
  const search = useDebouncedCallback((text: string) => change({ q: text }, 'typing'), PAUSE_MS);
  return (
    <TextInput
      type="search"
      label="Search"
      placeholder="Part of a description or condition"
      leftSection={<IconSearch size={16} aria-hidden />}
      maxLength={LONGEST_SEARCH}
      miw={240}
      value={typed.text}
      onChange={({ currentTarget: { value } }) => {
        setTyped({ text: value, of: q });
        search(value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') change({ q: typed.text }, 'typing');
      }}
    />
  );
}
