import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instance, createTenant, expectCall, registerAndLogin, type TestTenant } from '@cave/app-all-in-one/test-support';
import { findChromium, launchChromium, required } from '@cave/test-servers';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { Tab, type TabOptions } from './tab.js';

/** That of everybody whom the tests register over the api. */
export const PASSWORD = 'correct horse battery staple';

/** This machine under a name that the browser takes for another machine's, so that plain http is not trusted there. */
export const OTHER_MACHINE = 'cave.test';

const MINUTE = 60_000;

export interface Person {
  readonly email: string;
  /** For calls of the api; the browser has one of its own. */
  readonly session: string;
}

/** A running CAVE on the embedded profile and a browser before it; made before they run, so that tests can name it. */
export class Stage {
  #instance: Instance | undefined;
  #browser: Browser | undefined;
  #directory: string | undefined;
  readonly #tabs: Tab[] = [];

  /** Data directory of CAVE; mails are in its `outbox`. */
  get directory(): string {
    if (this.#directory === undefined) throw new Error('CAVE does not run.');
    return this.#directory;
  }

  get instance(): Instance {
    if (this.#instance === undefined) throw new Error('CAVE does not run.');
    return this.#instance;
  }

  /** Of the api. */
  get apiUrl(): string {
    return this.instance.url;
  }

  /** Starts CAVE and the browser. */
  async start(environment: Readonly<Record<string, string>>): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'cave-browser-'));
    this.#instance = await Instance.start({ directory: this.#directory, environment });
    this.#browser = await launchChromium([`--host-resolver-rules=MAP ${OTHER_MACHINE} 127.0.0.1`]);
  }

  /** A tab of a new browser profile, at `path`. */
  open(path = '/', options: TabOptions = {}): Promise<Tab> {
    return this.openAt(this.instance.webUiUrl, path, options);
  }

  /** The same at another address of the web UI. */
  async openAt(origin: string, path: string, options: TabOptions = {}): Promise<Tab> {
    if (this.#browser === undefined) throw new Error('The browser does not run.');
    const tab = await Tab.open(this.#browser, origin, options);
    this.#tabs.push(tab);
    await tab.page.goto(path);
    return tab;
  }

  /** A tab in which this person has logged in by the form, at `path`; `origin` is another address of the web UI. */
  async openAs(person: Pick<Person, 'email'>, path = '/', options: TabOptions = {}, origin = this.instance.webUiUrl): Promise<Tab> {
    const tab = await this.openAt(origin, `/login?${new URLSearchParams({ next: path }).toString()}`, options);
    await tab.page.getByLabel('Email address').fill(person.email);
    await tab.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    const button = tab.page.getByRole('button', { name: 'Log in', exact: true });
    // A mouse that was used once stays where it was, and hovers there.
    await (options.touch === true ? button.tap() : button.click());
    await tab.page.waitForURL((url) => url.pathname + url.search === path || url.pathname === path);
    return tab;
  }

  /** Registers somebody over the api, by the mail in the outbox. */
  async person(email: string): Promise<Person> {
    return { email, session: await registerAndLogin(this.apiUrl, this.directory, email) };
  }

  /** A new organization and its admin `<organization>@example.com`, over the api. */
  async tenant(organization: string, notificationUrl?: string): Promise<TestTenant & Person> {
    const tenant = await createTenant(this.apiUrl, this.directory, organization, notificationUrl);
    return { ...tenant, email: `${organization}@example.com` };
  }

  /** Publishes points with a tenant's token. */
  async publish(tenant: Pick<TestTenant, 'organization' | 'token'>, metrics: readonly { readonly name: string; readonly timestamp: number; readonly value: number; readonly tags?: Readonly<Record<string, string>> }[]): Promise<void> {
    await expectCall(202, this.apiUrl, 'POST', `/organizations/${tenant.organization}/metrics`, { token: tenant.token, body: { metrics } });
  }

  /** Prints what a person saw when a test failed. */
  async describeTabs(): Promise<void> {
    for (const tab of this.#tabs) console.error(await tab.describe());
  }

  /** Fails when any tab met what must never happen. */
  expectNoFaults(): void {
    expect(this.#tabs.flatMap(({ faults }) => faults)).to.deep.equal([]);
  }

  async closeTabs(): Promise<void> {
    await Promise.all(this.#tabs.splice(0).map((tab) => tab.close()));
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    await this.#instance?.stop();
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }
}

/**
 * A suite against a real CAVE in a real Chromium. Without one: a single pending test that says
 * so, or a failure where `CAVE_TEST_REQUIRE` names `chromium`. After each test no tab may have
 * asked another host, violated the policy, or thrown an error that nobody caught.
 */
export function describeInBrowser(title: string, body: (stage: Stage) => void, options: { readonly environment?: Readonly<Record<string, string>> } = {}): void {
  describe(title, function () {
    this.timeout(3 * MINUTE);
    if (findChromium() === null && !required('chromium')) {
      it('all of it [skipped: there is no Chromium on this machine; install it, or name one by CAVE_TEST_CHROMIUM]');
      return;
    }
    const stage = new Stage();
    before(() => stage.start(options.environment ?? {}));
    afterEach(async function () {
      try {
        if (this.currentTest?.state === 'failed') await stage.describeTabs();
        stage.expectNoFaults();
      } finally {
        await stage.closeTabs();
      }
    });
    after(() => stage.end());
    body(stage);
  });
}
