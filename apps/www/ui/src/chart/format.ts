const PREFIXES: readonly (readonly [power: number, prefix: string])[] = [
  [15, 'P'], [12, 'T'], [9, 'G'], [6, 'M'], [3, 'k'], [0, ''], [-6, 'µ'], [-9, 'n'], [-12, 'p'],
];
/** From here on no prefix is known to everybody. */
const LARGEST_POWER = 18;
const SMALLEST_POWER = -12;
/** Down to here a plain decimal is easier to read than thousandths. */
const PLAIN_POWER = -3;
const SIGNIFICANT_DIGITS = 4;
/** More than these are not digits of the number but of its binary form. */
const MOST_DIGITS = 15;
const MINUS = '\u2212';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const NOTHING = '–';

/** Four significant digits with an SI prefix and the unit: "1.235 M", "12.5 ms", "−3.2 × 10²¹". A null reads "–". */
export function formatValue(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined) return NOTHING;
  return withDigits(value, SIGNIFICANT_DIGITS, unit);
}

/** Every digit that the number has, for tables and copies: "1234567.25", "1.5 × 10²¹". */
export function formatExact(value: number, unit = ''): string {
  const power = powerOf(value);
  const plain = power < MOST_DIGITS && power >= -6;
  return joined(plain ? signed(String(value)) : scientific(value, MOST_DIGITS), '', unit);
}

/**
 * Labels of an axis' ticks, all with the same prefix and just enough digits that neighbours differ:
 * 1,000,000 and 1,000,001 are not both "1 M".
 */
export function formatTicks(ticks: readonly number[], unit = ''): string[] {
  const largest = Math.max(0, ...ticks.map(Math.abs));
  const step = Math.min(...ticks.slice(1).map((tick, i) => Math.abs(tick - (ticks[i] as number))).filter((difference) => difference > 0));
  const power = powerOf(largest);
  if (outside(power)) return ticks.map((tick) => withDigits(tick, SIGNIFICANT_DIGITS, unit));
  const [prefixPower, prefix] = prefixFor(power);
  const digits = Number.isFinite(step) ? Math.max(0, Math.min(MOST_DIGITS, fractionDigits(step / 10 ** prefixPower))) : 0;
  return ticks.map((tick) => (tick === 0 ? '0' : joined(signed((tick / 10 ** prefixPower).toFixed(digits)), prefix, unit)));
}

/** Digits behind the point that tell a step of 0.25 or 0.5 apart; a quarter needs one more than its power. */
function fractionDigits(step: number): number {
  const power = powerOf(step);
  const leading = step / 10 ** power;
  return Math.abs(leading - Math.round(leading)) > 0.01 ? 1 - power : -power;
}

function withDigits(value: number, digits: number, unit: string): string {
  if (value === 0) return joined('0', '', unit);
  // Rounded first: 999,999 is "1 M" and not "1000 k".
  const power = powerOf(value, digits);
  if (outside(power)) return joined(scientific(value, digits), '', unit);
  const [prefixPower, prefix] = prefixFor(power);
  return joined(signed(trimmed((value / 10 ** prefixPower).toFixed(Math.max(0, digits - 1 - (power - prefixPower))))), prefix, unit);
}

function outside(power: number): boolean {
  return power >= LARGEST_POWER || power < SMALLEST_POWER;
}

function prefixFor(power: number): readonly [power: number, prefix: string] {
  if (power >= PLAIN_POWER && power < 3) return [0, ''];
  return PREFIXES.find(([prefixPower]) => power >= prefixPower) ?? [0, ''];
}

function scientific(value: number, digits: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  const raised = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return `${signed(trimmed(mantissa))} × 10${power < 0 ? '⁻' : ''}${raised}`;
}

/**
 * The power of ten of the first digit, once rounded to so many digits; 0 for zero. By its decimal
 * form, as logarithms are off by one near powers of ten.
 */
function powerOf(value: number, digits = MOST_DIGITS): number {
  return value === 0 ? 0 : Number(value.toExponential(digits - 1).split('e')[1]);
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function signed(text: string): string {
  return text.startsWith('-') ? `${MINUS}${text.slice(1)}` : text;
}

function joined(digits: string, prefix: string, unit: string): string {
  return prefix === '' && unit === '' ? digits : `${digits}\u00a0${prefix}${unit}`;
}
