/** Whole seconds since the epoch of a validated ISO 8601 time; a fraction is cut off. */
export function toSeconds(text: string): number {
  return Math.floor(Date.parse(text) / 1000);
}

export function toIso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
