import { TextInput, type TextInputProps } from '@mantine/core';

/** The secret from a mail. Its field is shown where the address of the page did not bring it. */
export function TokenInput(props: TextInputProps): React.ReactNode {
  return <TextInput label="Token" description="From the mail that CAVE sent you: paste its whole link, or what stands after “token=”." autoComplete="off" spellCheck={false} required {...props} />;
}
