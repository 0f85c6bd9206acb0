import { bandLegend } from './bands.js';
import classes from '../chart.module.css';
import type { TimeBand } from '../types.js';

/** What the painted stretches mean, in words beside their pattern. */
export function BandLegend({ bands }: { readonly bands: readonly TimeBand[] }): React.ReactNode {
  if (bands.length === 0) return null;
  return (
    <ul className={classes['bandLegend']} aria-label="Painted behind the series">
      {bandLegend(bands).map(({ kind, label }) => (
        <li key={`${kind} ${label}`}>
          <span className={classes['bandSwatch']} data-kind={kind} />
          {label}
        </li>
      ))}
    </ul>
  );
}
