/** Whole seconds until `until`, never below 0. */
export function secondsLeft(until: Date, now: Date): number {
  return Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 1000));
}

/** What somebody is told who made too many attempts. */
export function waitSentence(seconds: number): string {
  if (seconds === 0) return 'You can try again now.';
  if (seconds < 60) return `You can try again in ${plural(seconds, 'second')}.`;
  const rest = seconds % 60;
  return `You can try again in ${plural(Math.floor(seconds / 60), 'minute')}${rest === 0 ? '' : ` and ${plural(rest, 'second')}`}.`;
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
