import { expectCall, login, type TestTenant } from '@cave/app-all-in-one/test-support';

/** What the pages ask the api for until they show something, one after the other, straight from the api. */
export class ApiCalls {
  constructor(
    private readonly url: string,
    private readonly tenant: TestTenant,
    private readonly metric: string,
  ) {}

  /** Milliseconds of each. A login is Argon2 but for what any call takes. */
  async time(): Promise<Readonly<Record<string, number>>> {
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
      'api: log in': loginTime,
      '  of it Argon2 (beyond what GET /users/info takes)': loginTime - infoTime,
      'api: what the chart needs': infoTime + organizationsTime + chartTime,
      'api: what the list needs': infoTime + organizationsTime + namesTime + sparklineTime,
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
