import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { PASSWORD_RULE } from './account-rules.js';

/** One field for a new password, which can be looked at instead of typing it twice. */
export function NewPasswordInput({ label = 'Password', ...rest }: PasswordInputProps): React.ReactNode {
  return <PasswordInput label={label} description={PASSWORD_RULE} autoComplete="new-password" required visibilityToggleFocusable visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }} {...rest} />;
}
