/** What another page has done before it led to the login, by the word in `?notice=`. Never a text from the address. */
const NOTICES: Readonly<Record<string, string>> = {
  'confirmed': 'Your account is ready. Log in with the password that you have just chosen.',
  'password-changed': 'Your password is changed. Log in with the new one.',
};

export function loginNotice(search: URLSearchParams): string | null {
  const word = search.get('notice') ?? '';
  return Object.hasOwn(NOTICES, word) ? (NOTICES[word] ?? null) : null;
}
