import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { fieldError } from '../../parts/form-failure.js';
import { Page } from '../../parts/page.js';
import { AccountForm } from './account-form.js';
import { emailFault } from './account-rules.js';
import { MailOnItsWay } from './mail-on-its-way.js';

interface EmailRequestPageProps {
  readonly title: string;
  readonly intro: React.ReactNode;
  /** Label of the button. */
  readonly action: string;
  readonly call: UseMutationResult<void, Error, string>;
  readonly purpose: string;
  readonly otherwise: string;
  readonly below: React.ReactNode;
}

/** Asks for an address that a mail goes to, then says to look for the mail. */
export function EmailRequestPage({ title, intro, action, call, purpose, otherwise, below }: EmailRequestPageProps): React.ReactNode {
  const [search] = useSearchParams();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useForm({ initialValues: { email: search.get('email') ?? '' }, validate: { email: emailFault } });
  if (sentTo !== null) {
    return (
      <Page key="sent" title="Look into your mails">
        <MailOnItsWay
          email={sentTo}
          purpose={purpose}
          otherwise={otherwise}
          onAgain={() => {
            call.reset();
            setSentTo(null);
          }}
        />
      </Page>
    );
  }
  const submit = form.onSubmit(({ email }) => call.mutate(email.trim(), { onSuccess: () => setSentTo(email.trim()) }));
  return (
    <Page key="asked" title={title} subtitle={intro}>
      <AccountForm onSubmit={submit} action={action} pending={call.isPending} error={call.error} fields={['email']} below={below}>
        <TextInput label="Email address" type="email" autoComplete="email" required {...form.getInputProps('email')} error={form.errors['email'] ?? fieldError(call.error, 'email')} />
      </AccountForm>
    </Page>
  );
}
