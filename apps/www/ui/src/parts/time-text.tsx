import { localTime, relativeTime, utcTime } from './times.js';

interface TimeTextProps {
  /** ISO 8601. */
  readonly iso: string;
  /** `relative`: "3 minutes ago". */
  readonly form?: 'absolute' | 'relative';
}

/** A moment in the zone of whoever looks, with UTC on hover. */
export function TimeText({ iso, form = 'absolute' }: TimeTextProps): React.ReactNode {
  const at = new Date(iso);
  return (
    <time dateTime={iso} title={form === 'relative' ? `${localTime(at)}; ${utcTime(at)}` : utcTime(at)}>
      {form === 'relative' ? relativeTime(at, new Date()) : localTime(at)}
    </time>
  );
}
