import { Checkbox, Radio, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { AlertFormValues } from './form-values.js';

/** When the receiver is told, and how often. */
export function NotificationFields({ form }: { readonly form: Pick<UseFormReturnType<AlertFormValues>, 'getInputProps'> }): React.ReactNode {
  return (
    <Stack gap="sm">
      <Radio.Group label="Tell the receiver" {...form.getInputProps('notify')}>
        <Stack gap="xs" mt="xs">
          <Radio value="changes" label="When the condition begins to hold, and when it no longer does" />
          <Radio value="every_check" label="At each check at which the condition holds" />
        </Stack>
      </Radio.Group>
      <TextInput label="Repeat interval" description="Reminds while it fires, such as every 4h. Empty: no reminders." placeholder="4h" autoComplete="off" maxLength={32} {...form.getInputProps('repeatInterval')} />
      <Checkbox label="Tell when 3 checks in a row find no data" {...form.getInputProps('notifyNoData', { type: 'checkbox' })} />
      <Checkbox label="Tell when 3 checks in a row fail" {...form.getInputProps('notifyError', { type: 'checkbox' })} />
    </Stack>
  );
}
