import type { BandKind } from '../types.js';

/** What a canvas is painted with: the page's own colours, as a canvas knows no CSS variables. */
export interface ChartColors {
  readonly text: string;
  readonly grid: string;
  readonly background: string;
  readonly bands: Readonly<Record<BandKind, string>>;
  readonly font: string;
}

/** Mantine's colours where the element stands, read now: they change with the scheme. */
export function chartColors(element: Element): ChartColors {
  const style = getComputedStyle(element);
  const variable = (name: string): string => {
    const value = style.getPropertyValue(name).trim();
    if (value === '') throw new Error(`The chart is not inside a MantineProvider: ${name} has no value.`);
    return value;
  };
  return {
    text: variable('--mantine-color-text'),
    grid: variable('--mantine-color-default-border'),
    background: variable('--mantine-color-body'),
    bands: { good: variable('--mantine-color-green-6'), bad: variable('--mantine-color-red-6'), unknown: variable('--mantine-color-gray-6') },
    font: `11px ${variable('--mantine-font-family')}`,
  };
}
