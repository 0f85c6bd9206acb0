import { Alert as Notice, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from 'react-router-dom';
import { offers } from '../../../condition/diagnose.js';
import { useTenant } from '../../../shell/tenant-scope.js';
import { alertPath, type Alert } from '../alert.js';

/** What the api finds odd about a condition, with what was probably meant: one press leads to the form that holds it. */
export function AlertWarnings({ alert }: { readonly alert: Alert }): React.ReactNode {
  const { path } = useTenant();
  const found = alert.warnings ?? [];
  if (found.length === 0) return null;
  const corrections = offers(alert.condition);
  return (
    <Notice color="yellow" title="This may not be what you meant" icon={<IconAlertTriangle aria-hidden />} data-testid="warnings">
      <Stack gap="xs" align="flex-start">
        {found.map(({ source, suggestion, message }, index) => {
          const corrected = corrections.find((offer) => offer.suggestion === suggestion)?.corrected;
          return (
            <div key={`${source} ${index}`}>
              <Text size="sm">{message}</Text>
              {corrected !== undefined && <Button component={Link} size="compact-sm" variant="default" mt={4} to={`${alertPath(path, alert.id)}/edit?${new URLSearchParams({ condition: corrected }).toString()}`}>{`Edit with ${suggestion}`}</Button>}
            </div>
          );
        })}
      </Stack>
    </Notice>
  );
}
