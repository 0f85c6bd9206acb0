import { expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { createAlert, rowOf } from './support/alerts.js';
import { describeInBrowser, type Person } from './support/browser.js';

const LIST = '/organizations/gilt/alerts';
const COUNT = 27;
const EVIL = '<img src=x onerror="window.hacked=1">';

describeInBrowser('the list of alerts', (stage) => {
  let gilt: TestTenant & Person;
  before(async () => {
    gilt = await stage.tenant('gilt');
    for (let number = 1; number <= COUNT; number += 1) {
      await createAlert(stage, gilt, { description: `Alert number ${number}`, period: '1h', enabled: number !== 13, condition: `orders [shop: s${number}] < 10` });
    }
  });

  it('has pages, which the address names', async () => {
    const { page } = await stage.openAs(gilt, LIST);
    await page.getByTestId('count').filter({ hasText: `1–20 of ${COUNT} alerts.` }).waitFor();
    expect(await page.getByTestId('alert').count()).to.equal(20);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByTestId('count').filter({ hasText: `21–${COUNT} of ${COUNT}` }).waitFor();
    expect(new URL(page.url()).search).to.equal('?page=2');
    expect(await page.getByTestId('alert').count()).to.equal(COUNT - 20);
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).to.equal(true);
    await page.reload();
    await page.getByTestId('count').filter({ hasText: `21–${COUNT} of ${COUNT}` }).waitFor();
    await page.goBack();
    await page.getByTestId('count').filter({ hasText: '1–20 of' }).waitFor();
  });

  it('is searched while one types, and narrowed and sorted', async () => {
    const { page } = await stage.openAs(gilt, `${LIST}?page=2`);
    await page.getByRole('searchbox', { name: 'Search' }).pressSequentially('NUMBER 1');
    await page.getByTestId('count').filter({ hasText: '11 alerts match.' }).waitFor();
    expect(new URL(page.url()).search).to.equal('?q=NUMBER+1');
    await page.getByRole('combobox', { name: 'Enabled' }).selectOption('Disabled');
    await page.getByTestId('count').filter({ hasText: '1 alert matches.' }).waitFor();
    await rowOf(page, 'Alert number 13').locator('[data-alert-state="off"]').waitFor();
    await page.getByRole('combobox', { name: 'State' }).selectOption('Firing');
    await page.getByText('No alert matches').waitFor();
    await page.getByRole('button', { name: 'Show all alerts' }).click();
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Oldest first');
    await rowOf(page, 'Alert number 1').waitFor();
    expect(await page.getByTestId('alert').first().getByRole('link').innerText()).to.equal('Alert number 1');
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).to.equal('');
  });

  it('is closed to viewers, who are told so', async () => {
    const vera = await stage.person('vera@example.com');
    await expectCall(202, stage.apiUrl, 'POST', '/organizations/gilt/users', { token: gilt.session, body: { email: vera.email, role: 'viewer' } });
    const { page } = await stage.openAs(vera, LIST);
    for (const path of ['', '/new', '/1', '/1/edit']) {
      if (path !== '') await page.goto(`${LIST}${path}`);
      await page.locator('[data-state="no-permission"]').waitFor();
      expect(await page.locator('#page').getByRole('button').count()).to.equal(0);
    }
    await page.getByRole('navigation').getByRole('link', { name: 'Metrics' }).waitFor();
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Alerts' }).count()).to.equal(0);
  });

  it('shows whatever somebody has written as text', async () => {
    const handbook = `https://example.com/"><script>window.hacked=1</script>`;
    const alert = await createAlert(stage, gilt, { description: EVIL, period: '1h', condition: `"${EVIL.replaceAll('"', '\\"')}" > 5`, handbook_url: handbook, routing: { '<b>key</b>': '<script>window.hacked=1</script>' } });
    const { page } = await stage.openAs(gilt, `${LIST}?q=onerror`);
    await rowOf(page, EVIL).waitFor();
    await page.getByRole('link', { name: EVIL }).click();
    await page.getByRole('heading', { name: EVIL, level: 1 }).waitFor();
    const link = page.getByRole('link', { name: handbook });
    expect(await link.getAttribute('rel')).to.include('noopener');
    expect(new URL(await link.getAttribute('href') ?? '').origin).to.equal('https://example.com');
    for (const text of ['<b>key</b>', '<script>window.hacked=1</script>']) await page.getByText(text, { exact: true }).waitFor();
    await page.goto(`${LIST}/${alert.id}/edit`);
    await page.getByRole('textbox', { name: 'Value 1' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Description' }).inputValue()).to.equal(EVIL);
    expect(await page.evaluate(() => (globalThis as { hacked?: unknown }).hacked)).to.equal(undefined);
    expect(await page.locator('img[src="x"]').count()).to.equal(0);
  });

  it('is one of its own for each team', async () => {
    await expectCall(201, stage.apiUrl, 'POST', '/organizations/gilt/teams', { token: gilt.session, body: { name: 'web' } });
    const { page } = await stage.openAs(gilt, '/organizations/gilt/teams/web/alerts');
    await page.getByText('No alerts yet').waitFor();
    await page.goto('/organizations/gilt/teams/web/alerts/new?description=Of+the+team&condition=3+%3E+2');
    await page.getByRole('button', { name: 'Create the alert' }).click();
    await page.getByRole('heading', { name: 'Of the team', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).to.match(/^\/organizations\/gilt\/teams\/web\/alerts\/\d+$/);
    await page.getByText('The condition compares numbers only').waitFor();
    await page.goto(`${LIST}?q=Of+the+team`);
    await page.getByText('No alert matches').waitFor();
  });

  it('says of an alert that is not there that it is not there', async () => {
    const { page } = await stage.openAs(gilt, `${LIST}/999999`);
    await page.getByText('There is no alert "999999".').waitFor();
  });
});
