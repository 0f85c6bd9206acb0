import { Anchor } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { safeLink } from '../safe-link.js';

/** What to do when the alert fires. Anything but a web address is shown as text. */
export function HandbookLink({ url }: { readonly url: string }): React.ReactNode {
  const href = safeLink(url);
  if (href === null) return url;
  return <Anchor href={href} target="_blank" rel="noopener noreferrer">{url} <IconExternalLink size={14} aria-label="(opens a new tab)" /></Anchor>;
}
