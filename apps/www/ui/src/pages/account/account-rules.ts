/** What the api accepts of accounts, said before it has to refuse. Null: nothing is wrong. */

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 1024;
const NAME_MAX = 100;
const EMAIL_MAX = 254;
const TOKEN_MAX = 200;

export const PASSWORD_RULE = `At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember and hard to guess.`;

/** Something before and after one "@", without spaces; whether mails arrive there shows the confirmation. */
export function emailFault(email: string): string | null {
  const text = email.trim();
  if (text === '') return 'Type your email address.';
  if (!/^[^\s@]+@[^\s@]+$/.test(text)) return 'An email address looks like name@example.com.';
  return text.length > EMAIL_MAX ? `An email address has at most ${EMAIL_MAX} characters.` : null;
}

/** Lengths are counted in characters as the api counts them: an emoji is one. */
export function passwordFault(password: string): string | null {
  const { length } = [...password];
  if (length === 0) return 'Choose a password.';
  if (length < PASSWORD_MIN) return `The password has ${length === 1 ? 'only 1 character' : `only ${length} characters`}; it needs at least ${PASSWORD_MIN}.`;
  return length > PASSWORD_MAX ? `The password has ${length} characters; at most ${PASSWORD_MAX} are possible.` : null;
}

/** `what` is how the name is called, such as `first name`. */
export function nameFault(name: string, what: string): string | null {
  const { length } = [...name.trim()];
  if (length === 0) return `Type your ${what}.`;
  return length > NAME_MAX ? `Your ${what} may have at most ${NAME_MAX} characters.` : null;
}

/** The token in what somebody pasted: the token itself, or the whole link of the mail. */
export function tokenIn(pasted: string): string {
  const text = pasted.trim();
  const query = /[?&]token=([^&#\s]+)/.exec(text)?.[1];
  if (query === undefined) return text;
  return new URLSearchParams(`token=${query}`).get('token') ?? text;
}

export function tokenFault(pasted: string): string | null {
  const token = tokenIn(pasted);
  if (token === '') return 'Paste the token from the mail, or its whole link.';
  return token.length > TOKEN_MAX || /\s/.test(token) ? 'This is no token: it stands in the link of the mail, after "token=".' : null;
}
