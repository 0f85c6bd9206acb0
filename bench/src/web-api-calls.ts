import { expectCall, login, type TestTenant } from '@cave/app-all-in-one/test-support';

/** Names of what is measured. */
export const API = {
  login: 'api: the login',
  argon2: '  beyond what GET /users/info takes: Argon2',
  chart: 'api: what the chart needs then',
  list: 'api: what the list needs',
} as const;

/** What the pages ask the api for until they show something, one after the other, straight from the api. */
export class ApiCalls {
  constructor(
    private readonly url: string,
    private readonly tenant: TestTenant,
    private readonly metric: string,
  ) {}

  /** Milliseconds of each. */
  async time(): Promise<Readonly<Record<(typeof API)[keyof typeof API], number>>> {
    const loginTime = await timed(() => login(this.url, `${this.tenant.organization}@example.com`));
    const infoTime = await timed(() => this.get('/users/info'));
    const organizationsTime = await timed(() => this.get('/users/organizations'));
    const path = `/organizations/${this.tenant.organization}`;
    const end = Math.floor(Date.now() / 1000);
    const range = { start: iso(end - 3_600), end: iso(end) };
    const namesTime = await timed(() => this.get(`${path}/metric-names`));
    const chartTime = await timed(() => this.get(`${path}/metrics?${new URLSearchParams({ metric: this.metric, aggregator: 'mean', period: '1', ...range }).toString()}`));
    const sparklineTime = await timed(() => this.get(`${path}/metrics?${new URLSearchParams({ metric: this.metric, aggregator: 'mean', period: '2', limit: '30' }).toString()}`));
    return {
      [API.login]: loginTime,
      [API.argon2]: loginTime - infoTime,
      [API.chart]: infoTime + organizationsTime + chartTime,
      [API.list]: infoTime + organizationsTime + namesTime + sparklineTime,
    };
  }

  private get(path: string): Promise<unknown> {
    return expectCall(200, this.url, 'GET', path, { token: this.tenant.session });
  }
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
