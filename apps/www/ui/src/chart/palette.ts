export type ColorScheme = 'light' | 'dark';

/**
 * Chosen by farthest distance in OKLab among colours with a contrast of 3:1 and more to the
 * scheme's background, so that any two can be told apart (the test holds both). A series has the
 * same place in both lists, not the same hue: a brown that is clear on white is lost on black.
 */
export const PALETTES: Readonly<Record<ColorScheme, readonly string[]>> = {
  light: ['#1b6ad4', '#f52311', '#469e1b', '#8836e1', '#643400', '#33979a', '#d54ce3', '#0f6a31', '#a20948', '#a47789', '#0c466f', '#001bbe'],
  dark: ['#5492ec', '#de9d16', '#399100', '#f964f1', '#fa7f91', '#27fdf7', '#db2e1e', '#7b50fc', '#f6de7d', '#5ac293', '#fecfe5', '#937354'],
};

/** How many series differ in colour; further ones share. */
export const COLORS = PALETTES.light.length;

/**
 * Which colour each label has. It hangs on the label, so that a host keeps its colour from page to
 * page and when others come and go; only where two labels of a chart want the same one does the
 * one later in the alphabet take the next that is free.
 */
export function colorIndexes(labels: readonly string[]): Map<string, number> {
  const indexes = new Map<string, number>();
  let taken = new Set<number>();
  // Compared by code unit: the order must not change with the browser's language.
  for (const label of [...new Set(labels)].sort()) {
    if (taken.size === COLORS) taken = new Set();
    let index = hashOf(label) % COLORS;
    while (taken.has(index)) index = (index + 1) % COLORS;
    taken.add(index);
    indexes.set(label, index);
  }
  return indexes;
}

/** FNV-1a, 32 bit, over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
