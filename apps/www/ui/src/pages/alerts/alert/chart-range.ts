import { PRESETS, PRESET_NAMES, type Preset } from '../../../metrics/time-span.js';

const LEAST_SECONDS = PRESETS['3h'];
/** So many checks show whether a state lasts. */
const CHECKS_SHOWN = 12;

/** What charts of an alert show unless the address says otherwise: a few hours, or as long as a dozen checks take. */
export function defaultPreset(periodSeconds: number): Preset {
  const wanted = Math.max(LEAST_SECONDS, CHECKS_SHOWN * periodSeconds);
  return PRESET_NAMES.find((name) => PRESETS[name] >= wanted) ?? '2w';
}
