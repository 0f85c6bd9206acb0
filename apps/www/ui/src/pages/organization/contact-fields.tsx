import { TextInput } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { fieldError } from '../../parts/form-failure.js';

/** Where CAVE reaches an organization; named as the api names it. */
export interface Contact {
  readonly email: string;
  readonly notification_url: string;
}

export const CONTACT_FIELDS: readonly (keyof Contact)[] = ['email', 'notification_url'];

interface ContactFieldsProps {
  /** A form that holds both fields. */
  readonly form: { readonly getInputProps: (field: keyof Contact) => GetInputPropsReturnType };
  /** What the api said to what was sent last. */
  readonly failure: Error | null;
}

export function ContactFields({ form, failure }: ContactFieldsProps): React.ReactNode {
  const propsOf = (field: keyof Contact): GetInputPropsReturnType => {
    const props = form.getInputProps(field);
    return { ...props, error: (props.error as React.ReactNode) ?? fieldError(failure, field) };
  };
  return (
    <>
      <TextInput
        label="Email address of the organization"
        description="CAVE writes here when the notification URL keeps failing."
        type="email" autoComplete="email" required
        {...propsOf('email')}
      />
      <TextInput
        label="Notification URL"
        description="CAVE sends a signed POST here when an alert begins or ends: to a webhook of yours, or to PagerDuty's Events API."
        type="url" placeholder="https://hooks.example.com/cave" autoComplete="off" required
        {...propsOf('notification_url')}
      />
    </>
  );
}
