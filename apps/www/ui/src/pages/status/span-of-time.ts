const UNITS: readonly (readonly [name: string, seconds: number])[] = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];

/** How long something took, in its two largest units: `2 h 5 min`, `40 s`; `less than 1 s`. */
export function spanOfTime(from: Date, until: Date): string {
  let rest = Math.floor((until.getTime() - from.getTime()) / 1000);
  if (rest < 1) return 'less than 1 s';
  const first = UNITS.findIndex(([, seconds]) => rest >= seconds);
  const parts: string[] = [];
  for (const [name, seconds] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(' ');
}
