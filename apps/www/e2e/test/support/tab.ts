import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface TabOptions {
  readonly colorScheme?: 'light' | 'dark';
  /** In CSS pixels; a phone has 360. */
  readonly width?: number;
  /** Has a touch screen; default: none. */
  readonly touch?: boolean;
}

/** Longest wait for anything on a page, in milliseconds; only a failure takes so long. */
const PATIENCE_MS = 15_000;
/** Of a failure's report. */
const MOST_ANSWERS = 15;
const MOST_TEXT = 2_000;

/** Chromium's own lines about an answer of 400 and above, which the pages tell to people, and about a header that it heeds only over HTTPS. */
const OF_NO_INTEREST = /^(?:Failed to load resource|The Cross-Origin-Opener-Policy header has been ignored)/;

/**
 * One tab of a browser profile of its own, watched for what must never happen: a request to
 * another host, a violation of the content security policy, an error that nobody caught.
 */
export class Tab {
  readonly #faults: string[] = [];
  readonly #answers: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly origin: string,
  ) {}

  static async open(browser: Browser, origin: string, options: TabOptions = {}): Promise<Tab> {
    const context = await browser.newContext({
      baseURL: origin,
      colorScheme: options.colorScheme ?? 'light',
      viewport: { width: options.width ?? 1280, height: 900 },
      hasTouch: options.touch ?? false,
      permissions: ['clipboard-read', 'clipboard-write'],
      timezoneId: 'America/New_York',
      locale: 'en-US',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const tab = new Tab(context, await context.newPage(), origin);
    await tab.#watch();
    return tab;
  }

  /** What went wrong so far, in the words of the browser. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Takes note that a test provoked these; fails when it did not. */
  expectFaults(pattern: RegExp): void {
    const provoked = this.#faults.filter((fault) => pattern.test(fault));
    expect(provoked, `faults like ${String(pattern)}`).not.to.be.empty;
    this.#faults.splice(0, this.#faults.length, ...this.#faults.filter((fault) => !pattern.test(fault)));
  }

  /** Address, text and latest answers of the api, for a failure's report. */
  async describe(): Promise<string> {
    const text = await this.page.locator('body').innerText().catch((error: unknown) => String(error));
    return `${this.page.url()}\n${this.#answers.slice(-MOST_ANSWERS).join('\n')}\n${text.slice(0, MOST_TEXT)}`;
  }

  /** Another tab of the same profile: the same cookies. */
  async sibling(): Promise<Tab> {
    const tab = new Tab(this.context, await this.context.newPage(), this.origin);
    await tab.#watch();
    return tab;
  }

  /** Once nothing is on its way any more, and the page says of nothing that it is. */
  async settled(): Promise<void> {
    await this.page.waitForLoadState('networkidle');
    await this.page.waitForFunction(() => document.querySelector('[data-state="loading"]') === null);
  }

  /** No violation of WCAG A or AA that axe calls serious or critical. Bodies of dialogs count, as they are shown. */
  async expectAccessible(): Promise<void> {
    // Animations let colours through that nobody reads; those without an end turn something round.
    await this.page.waitForFunction(() => document.getAnimations().every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().iterations === Infinity));
    await this.page.evaluate(axe.source);
    const results = await this.page.evaluate(() => (globalThis as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
    const serious = results.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('; ')}`), `axe on ${this.page.url()}`).to.deep.equal([]);
    expect(results.passes.length).to.be.greaterThan(5);
  }

  async close(): Promise<void> {
    await this.page.close();
    if (this.context.pages().length === 0) await this.context.close();
  }

  async #watch(): Promise<void> {
    const { page } = this;
    page.on('pageerror', (error) => this.#faults.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !OF_NO_INTEREST.test(message.text())) this.#faults.push(`console: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.url().startsWith(`${this.origin}/api/`)) this.#answers.push(`${response.status()} ${response.request().method()} ${response.url().slice(this.origin.length)}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${this.origin}/`) && !/^(?:data|blob):/.test(request.url())) this.#faults.push(`request to another host: ${request.url()}`);
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
        console.error(`policy: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
      });
    });
  }
}
