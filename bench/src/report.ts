/** Rows of a benchmark, printed as a table: what was measured, figure, unit. */
export interface Row {
  readonly what: string;
  readonly figure: number | string;
  readonly unit?: string;
}

export function printTable(title: string, rows: readonly Row[]): void {
  const figure = (row: Row): string => (typeof row.figure === 'string' ? row.figure : format(row.figure));
  const wide = Math.max(...rows.map((row) => row.what.length));
  const figureWide = Math.max(...rows.map((row) => figure(row).length));
  console.log(`\n${title}`);
  for (const row of rows) console.log(`  ${row.what.padEnd(wide)}  ${figure(row).padStart(figureWide)} ${row.unit ?? ''}`.trimEnd());
}

function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** The value below which a share `p` of them lies (nearest rank); NaN for none. Sorts in place. */
export function percentile(values: Float64Array, p: number): number {
  if (values.length === 0) return Number.NaN;
  values.sort();
  return values[Math.min(values.length - 1, Math.max(0, Math.ceil(values.length * p) - 1))] as number;
}
