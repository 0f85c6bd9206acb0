/** What each series shown has to have; at most ten, as a series has no more. */
export type Tags = Readonly<Record<string, string>>;

/** `host:a,env:b` as the api reads it: each part percent-escaped by itself, so that it may hold `:` and `,`. */
export function printTags(tags: Tags): string {
  return Object.entries(tags)
    .map(([tag, value]) => `${encodeURIComponent(tag)}:${encodeURIComponent(value)}`)
    .join(',');
}

/** The tags that `printTags` wrote; undefined where the text is no such list or names a tag twice. */
export function parseTags(text: string): Tags | undefined {
  const tags = new Map<string, string>();
  if (text === '') return {};
  for (const pair of text.split(',')) {
    const parts = pair.split(':').map(unescaped);
    const [tag, value] = parts;
    if (parts.length !== 2 || tag === undefined || tag === '' || value === undefined || value === '' || tags.has(tag)) return undefined;
    tags.set(tag, value);
  }
  return Object.fromEntries(tags);
}

export function withTag(tags: Tags, tag: string, value: string): Tags {
  return { ...tags, [tag]: value };
}

export function withoutTag(tags: Tags, tag: string): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => name !== tag));
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
