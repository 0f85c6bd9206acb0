import { localTime, utcTime } from '../../parts/times.js';
import { BandLegend } from './band-legend.js';
import { bandsWithin } from './bands.js';
import classes from '../chart.module.css';
import type { StateBandProps } from '../types.js';

/** A thin band that shows when something was in which state, and the same as a list of intervals. */
export function StateBand({ label, range, bands }: StateBandProps): React.ReactNode {
  const within = bandsWithin(bands, range);
  const share = (seconds: number): string => `${(100 * seconds) / (range.end - range.start)}%`;
  return (
    <figure className={classes['figure']} aria-label={label}>
      <div className={classes['stateBand']} aria-hidden="true">
        {within.map((band) => (
          <span key={band.start} data-kind={band.kind} title={sentence(band)} style={{ left: share(band.start - range.start), width: share(band.end - band.start) }} />
        ))}
      </div>
      <BandLegend bands={within} />
      <details className={classes['intervals']}>
        <summary>{within.length === 0 ? 'No intervals' : within.length === 1 ? 'One interval' : `${within.length} intervals`} as text</summary>
        <ol>
          {within.map((band) => (
            <li key={band.start}>{band.label}: <Moment seconds={band.start} /> to <Moment seconds={band.end} /></li>
          ))}
        </ol>
      </details>
    </figure>
  );
}

function Moment({ seconds }: { readonly seconds: number }): React.ReactNode {
  const at = new Date(seconds * 1000);
  return <time dateTime={at.toISOString()} title={utcTime(at)}>{localTime(at)}</time>;
}

function sentence({ label, start, end }: { readonly label: string; readonly start: number; readonly end: number }): string {
  return `${label}: ${localTime(new Date(start * 1000))} to ${localTime(new Date(end * 1000))} (${utcTime(new Date(start * 1000))} to ${utcTime(new Date(end * 1000))})`;
}
