import type { Browser, Page } from 'playwright-core';

/** That of everybody whom the test support registers. */
const PASSWORD = 'correct horse battery staple';
const PATIENCE_MS = 60_000;

/** How a picture is known to be drawn. The name of a sparkline says a last value only when there are points, and it is painted before the browser shows it. */
const PICTURES = { chart: '[data-state="drawn"]', sparkline: 'canvas[aria-label*=": last "]' } as const;

export type Picture = keyof typeof PICTURES;

/**
 * Watches in the page itself and from its very beginning, so that no way between here and the
 * browser is measured: the clock is the browser's and begins with the navigation. `seen` holds
 * when what is named was first shown.
 */
const WATCH = `window.seen = Object.fromEntries(Object.entries(${JSON.stringify(PICTURES)}).map(([picture, selector]) => [picture, new Promise((resolve) => {
  const observer = new MutationObserver(() => {
    if (document.querySelector(selector) === null) return;
    observer.disconnect();
    // The frame has been handed to the screen once a task of its own comes after it.
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
})]));
window.clicked = new Promise((resolve) => addEventListener('click', ({ target, timeStamp }) => {
  if (target.closest('button[type=submit]') !== null) resolve(timeStamp);
}, { capture: true }));`;

/** Milliseconds from the click. */
export interface LoginTimes {
  /** Until the answer of the login was there. */
  readonly answered: number;
  /** Until the chart was shown. */
  readonly chart: number;
}

/** Somebody with a new profile of the browser. */
export class Visitor {
  private constructor(
    private readonly page: Page,
    private readonly url: string,
    private readonly email: string,
  ) {}

  static async with<T>(browser: Browser, url: string, email: string, body: (visitor: Visitor) => Promise<T>): Promise<T> {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 } });
    try {
      context.setDefaultTimeout(PATIENCE_MS);
      await context.addInitScript(WATCH);
      return await body(new Visitor(await context.newPage(), url, email));
    } finally {
      await context.close();
    }
  }

  /** Opens the page for it, logs in, and is led on to the chart at `path`. */
  async logIn(path: string): Promise<LoginTimes> {
    const { page } = this;
    await page.goto(`/login?${new URLSearchParams({ next: path }).toString()}`);
    await page.getByLabel('Email address').fill(this.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    // People type longer than the browser needs to load what it was told to load meanwhile.
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    const chart = await this.seen('chart');
    const clicked = await page.evaluate<number>('clicked');
    const answered = await page.evaluate<number>(`performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/api/users/login')).responseEnd`);
    return { answered: answered - clicked, chart: chart - clicked };
  }

  /** The session goes, what the browser has kept of the files stays. */
  async logOut(): Promise<void> {
    await this.page.context().clearCookies();
  }

  /** Gets a session by a call that leaves nothing in the browser's cache. */
  async takeSession(): Promise<void> {
    const answer = await this.page.request.post('/api/users/login', { headers: { 'X-CAVE-CSRF': '1', Origin: new URL(this.url).origin }, data: { email: this.email, password: PASSWORD } });
    if (!answer.ok()) throw new Error(`The login was answered with ${answer.status()}: ${await answer.text()}`);
  }

  /** Milliseconds from asking for the page at `path` to the first such picture on it. */
  async open(path: string, picture: Picture): Promise<number> {
    await this.page.goto(path, { waitUntil: 'commit' });
    return this.seen(picture);
  }

  /** On the clock of the page, in milliseconds since it was asked for. */
  private seen(picture: Picture): Promise<number> {
    return this.page.evaluate<number>(`seen[${JSON.stringify(picture)}]`);
  }
}
