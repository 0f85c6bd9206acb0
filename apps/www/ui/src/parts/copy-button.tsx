import { Button, CopyButton as MantineCopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

/** Copies `value`; says so for two seconds. */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }): React.ReactNode {
  return (
    <MantineCopyButton value={value} timeout={2_000}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />} aria-live="polite">
          {copied ? 'Copied' : label}
        </Button>
      )}
    </MantineCopyButton>
  );
}
