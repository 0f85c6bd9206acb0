/** The lowest and highest value of an axis. */
export type ValueRange = readonly [low: number, high: number];

const EMPTY: ValueRange = [0, 1];
/** Air above and below the values, as a share of their span. */
const PADDING = 0.06;
/** Zero is on the axis where the values come this close to it, as a share of the largest. */
const NEAR_ZERO = 0.5;
const STEPS = [1, 2, 2.5, 5, 10] as const;
/** Steps that an axis of usual height has room for. */
const STEPS_OF_AXIS = 5;
/** Of a step: an end of the axis that is a multiple but for rounding is one. */
const TOLERANCE = 1e-6;
const MOST_STEPS_FROM_ZERO = 1e12;
/** A part of the largest number: spans and paddings of anything up to it stay finite. */
const LARGEST = Number.MAX_VALUE / 4;

/**
 * The axis for values between `low` and `high` (both null: there are none): ends at round numbers,
 * reaches to zero where the values come near it, so that noise on a large value does not look like
 * a collapse, and has the middle for a value that never changes.
 */
export function valueRange(low: number | null, high: number | null): ValueRange {
  if (low === null || high === null) return EMPTY;
  const [least, most] = [Math.max(low, -LARGEST), Math.min(high, LARGEST)];
  if (least === most) return least === 0 ? EMPTY : least > 0 ? [0, least * 2] : [least * 2, 0];
  const fromZero = least > 0 && least <= most * NEAR_ZERO;
  const toZero = most < 0 && most >= least * NEAR_ZERO;
  const padding = (most - least) * PADDING;
  const bottom = fromZero || least === 0 ? 0 : least - padding;
  const top = toZero || most === 0 ? 0 : most + padding;
  const step = niceStep((top - bottom) / STEPS_OF_AXIS);
  // A positive value's padding must not show an axis below zero, nor the other way round.
  const floor = least >= 0 ? Math.max(0, onStep(bottom, step, Math.floor)) : onStep(bottom, step, Math.floor);
  const ceiling = most <= 0 ? Math.min(0, onStep(top, step, Math.ceil)) : onStep(top, step, Math.ceil);
  // Values that differ in their last bits only: rounding to steps may swallow the span.
  return floor < ceiling && floor <= least && ceiling >= most ? [floor, ceiling] : [least - Math.abs(least) * Number.EPSILON * 8, most + Math.abs(most) * Number.EPSILON * 8];
}

/** Round values within the range, at most about `most` of them, without the dust of binary fractions. */
export function valueTicks([low, high]: ValueRange, most: number): number[] {
  const step = niceStep((high - low) / Math.max(1, most));
  const first = Math.ceil(low / step - TOLERANCE);
  const count = Math.floor(high / step + TOLERANCE) - first + 1;
  // So narrow an axis so far from zero has no round values within the digits of a number.
  if (Math.abs(first) > MOST_STEPS_FROM_ZERO) return [low, high];
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(15)));
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below. */
function niceStep(atLeast: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(atLeast));
  return magnitude * (STEPS.find((step) => step * magnitude >= atLeast) ?? 10);
}

/** A multiple of the step, without the dust of binary fractions (3 × 0.1). */
function onStep(value: number, step: number, round: (x: number) => number): number {
  const multiple = round(value / step) * step;
  return Number.isFinite(multiple) ? Number(multiple.toPrecision(15)) : value;
}
