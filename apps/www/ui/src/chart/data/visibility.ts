/** Labels of the series that are not drawn. */
export type Hidden = ReadonlySet<string>;

/** What a click does: this one alone or, where it is alone already, all again. */
export function isolated(hidden: Hidden, label: string, labels: readonly string[]): Hidden {
  const alone = !hidden.has(label) && labels.every((other) => other === label || hidden.has(other));
  return new Set(alone ? [] : labels.filter((other) => other !== label));
}

/** What a click with ctrl or shift, or one on its box, does: this one comes or goes. */
export function toggled(hidden: Hidden, label: string): Hidden {
  const next = new Set(hidden);
  if (!next.delete(label)) next.add(label);
  return next;
}
