import { Button, Popover, Stack, Textarea } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';

const SAID_MS = 2_000;

/**
 * Copies `value`; says so for two seconds. A browser gives the clipboard only to pages that came
 * over HTTPS or from the machine itself, and its user may refuse it: the text is then shown
 * selected, to be copied by hand.
 */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }): React.ReactNode {
  const { copy, copied, error, reset } = useClipboard({ timeout: SAID_MS });
  const refused = error !== null;
  return (
    <Popover opened={refused} onDismiss={reset} trapFocus returnFocus withRoles={refused} width="min(22rem, 90vw)" shadow="md">
      <Popover.Target>
        <Button size="compact-sm" variant="default" onClick={() => copy(value)} leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />} aria-live="polite">
          {copied ? 'Copied' : label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown data-mantine-stop-propagation>
        <Stack gap="xs" align="flex-start">
          <Textarea
            w="100%"
            label="Copy this by hand"
            description="The browser does not let this page copy: it allows that only over HTTPS or on the machine that CAVE runs on. The text is selected; press Ctrl+C or ⌘C, or hold a finger on it."
            value={value}
            readOnly
            autosize
            maxRows={6}
            spellCheck={false}
            onFocus={(event) => event.currentTarget.select()}
            data-autofocus
          />
          <Button size="compact-sm" variant="default" onClick={reset}>Close</Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
