/** Cuts a list so that no part has more than `most` items or, beyond its first item, more than `bytes`. */
export function inParts<T>(items: readonly T[], most: number, bytes: number, size: (item: T) => number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let sum = 0;
  for (const item of items) {
    const next = size(item);
    if (part.length > 0 && (part.length >= most || sum + next > bytes)) {
      parts.push(part);
      part = [];
      sum = 0;
    }
    part.push(item);
    sum += next;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
