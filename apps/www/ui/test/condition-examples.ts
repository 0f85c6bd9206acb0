/** The conditions that the specification gives as examples, and some with everything that a name may hold. */
export const EXAMPLES = [
  'orders [shipTo: US].sum.5m <= ordersPredictedLow5m [shipTo: US]',
  'orders [shipCountry: US].sum.12m * 1.7 <= 3 * order.predHi.US at least 3 times delayed by 5m',
  'responseTime [service: svc-important, env: production].p99.5m > 1500 at least 3 times',
  'heartbeat [service: svc-important] missing for 10m',
  'something > -100',
  '3 > 2',
  '"orders (new)" ["ship to": "New \\"York\\""].p999.1h != 2.5e3',
  ' missing\nmissing for 5 m ',
  'a[b:c].sum.5m*2>=d at least 3times delayed by1m',
] as const;
