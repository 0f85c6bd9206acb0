import { expectCall } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { PASSWORD, describeInBrowser } from './support/browser.js';

const OPERATOR_TOKEN = 'operator-token-of-this-test';
const NEW_PASSWORD = 'an entirely different one';

describeInBrowser('accounts', (stage) => {
  it('are made with the mouse and what one knows oneself: sign up, mail, name and password, home', async () => {
    const tab = await stage.open('/login');
    const { page } = tab;
    await page.getByRole('link', { name: 'Sign up' }).click();
    // Until its code has come, the page before stays, with a field of the same name.
    await heading(page, 'Sign up');
    await page.getByLabel('Email address').fill('ada@example.com');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await heading(page, 'Look into your mails');
    await page.getByText('ada@example.com').waitFor();
    await page.getByRole('link', { name: 'mail outbox', exact: true }).click();
    await page.getByRole('article', { name: 'Confirm your registration at CAVE' }).getByRole('link', { name: /\/confirm\?token=/ }).click();
    await heading(page, 'Choose your name and password');
    expect(await page.getByRole('textbox', { name: 'Token' }).count(), 'the link brought the token').to.equal(0);
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Lovelace');
    await page.getByText('At least 8 characters.').waitFor();
    const password = page.getByRole('textbox', { name: 'Password' });
    await password.fill('1234567');
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText('The password has only 7 characters; it needs at least 8.').waitFor();
    await password.fill(PASSWORD);
    expect(await password.getAttribute('type')).to.equal('password');
    await page.getByRole('button', { name: 'Show the password' }).click();
    expect(await password.getAttribute('type')).to.equal('text');
    await page.getByRole('button', { name: 'Create my account' }).click();
    await heading(page, 'Home');
    await page.getByText('Welcome, Ada').waitFor();
    expect(new URL(page.url()).pathname).to.equal('/');
    await tab.expectAccessible();
  });

  it('say what to do with a link that is not valid any more', async () => {
    const { page } = await stage.open('/confirm?token=used-already');
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Lovelace');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByRole('alert').getByText('This link is not valid any more').waitFor();
    expect(await page.getByRole('textbox', { name: 'Token' }).inputValue()).to.equal('used-already');
    expect(await page.getByLabel('First name').inputValue(), 'what was typed stays').to.equal('Ada');
    await page.getByRole('link', { name: 'Have a new link mailed' }).click();
    await heading(page, 'Sign up');
  });

  it('ask for the token where the address has none, and take the whole link', async () => {
    const { page } = await stage.open('/register?email=grace%40example.com');
    expect(await page.getByLabel('Email address').inputValue()).to.equal('grace@example.com');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByRole('link', { name: 'mail outbox', exact: true }).click();
    const link = page.getByRole('article').getByRole('link', { name: /\/confirm\?token=/ });
    await page.getByText('To grace@example.com').waitFor();
    const text = await link.innerText();
    await page.goto('/confirm');
    await page.getByLabel('First name').fill('Grace');
    await page.getByLabel('Last name').fill('Hopper');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText('Paste the token from the mail, or its whole link.').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill(text);
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText('Welcome, Grace').waitFor();
  });

  it('get a new password by mail, which ends the sessions that were', async () => {
    await stage.person('forgetful@example.com');
    const before = await stage.openAs({ email: 'forgetful@example.com' });
    const { page } = await before.sibling();
    await page.goto('/forgot-password');
    await page.getByLabel('Email address').fill('forgetful@example.com');
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByRole('link', { name: 'mail outbox', exact: true }).click();
    await page.getByRole('article', { name: 'Choose a new password for CAVE' }).getByRole('link', { name: /\/reset-password\?token=/ }).click();
    await heading(page, 'Choose a new password');
    await page.getByRole('textbox', { name: 'New password' }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change my password' }).click();
    await page.getByText('Your password is changed. Log in with the new one.').waitFor();
    await page.getByLabel('Email address').fill('forgetful@example.com');
    await logIn(page, PASSWORD);
    await page.getByRole('alert').getByText('Login failed.').waitFor();
    await logIn(page, NEW_PASSWORD);
    await heading(page, 'Home');
  });

  it('refuse a second use of a link for a new password', async () => {
    const { page } = await stage.open('/reset-password?token=used-already');
    await page.getByRole('textbox', { name: 'New password' }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change my password' }).click();
    await page.getByRole('alert').getByText('This link is not valid any more').waitFor();
    await page.getByRole('link', { name: 'Have a new link mailed' }).click();
    await heading(page, 'Forgot your password?');
  });

  it('have a name and a password that can be changed', async () => {
    await stage.person('changing@example.com');
    const { page } = await stage.openAs({ email: 'changing@example.com' }, '/profile');
    await page.getByText('changing@example.com').waitFor();
    await page.getByLabel('First name').fill('<img src=x onerror=alert(1)>');
    await page.getByRole('button', { name: 'Save the name' }).click();
    await page.getByRole('status').getByText('Your name is saved.').waitFor();
    await page.getByRole('button', { name: 'Menu of <img src=x onerror=alert(1)> B' }).waitFor();
    await page.getByRole('textbox', { name: 'New password' }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed. All other sessions have ended; this one goes on.').waitFor();
    await page.reload();
    expect(await page.getByLabel('First name').inputValue(), 'this session goes on').to.equal('<img src=x onerror=alert(1)>');
    const other = await stage.open('/login?email=changing%40example.com');
    await logIn(other.page, NEW_PASSWORD);
    await heading(other.page, 'Home');
  });

  it('are accessible, and fit a phone', async () => {
    await stage.person('everywhere@example.com');
    for (const options of [{ colorScheme: 'light', width: 1280 }, { colorScheme: 'dark', width: 360 }] as const) {
      const tab = await stage.openAs({ email: 'everywhere@example.com' }, '/profile', options);
      const pages = [
        ['/profile', 'Profile'], ['/register', 'Sign up'], ['/confirm', 'Choose your name and password'], ['/forgot-password', 'Forgot your password?'],
        ['/reset-password', 'Choose a new password'], ['/outbox', 'Mail outbox'], ['/status', 'Status of CAVE'], ['/nowhere', 'There is nothing here'],
      ] as const;
      for (const [path, title] of pages) {
        await tab.page.goto(path);
        await heading(tab.page, title);
        await tab.settled();
        await tab.expectAccessible();
        expect(await tab.page.evaluate(() => document.documentElement.scrollWidth), `width of ${path}`).to.be.at.most(options.width);
      }
    }
  });
});

describeInBrowser('too many attempts', (stage) => {
  it('are told with the time to wait', async () => {
    const { page } = await stage.open('/login?email=nobody%40example.com');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answered = page.waitForResponse((response) => response.url().endsWith('/api/users/login'));
      await logIn(page, 'a wrong password');
      await answered;
      await page.getByRole('alert').getByText('Login failed.').waitFor();
    }
    await logIn(page, 'a wrong password');
    await page.getByText('Too many attempts from this address; wait and try again.').waitFor();
    await page.getByRole('timer').getByText(/^You can try again in \d+ seconds?\.$/).waitFor();
    expect(await page.getByRole('button', { name: 'Log in', exact: true }).isDisabled()).to.equal(true);
  });
}, { environment: { API_SERVICE_LIMITS_GUESSES_PER_MINUTE: '2' } });

describeInBrowser('an operator token', (stage) => {
  it('opens the outbox, and a refusal is no end of a session', async () => {
    const { email } = await stage.person('operated@example.com');
    const tab = await stage.openAs({ email }, '/outbox');
    const { page } = tab;
    await page.getByText('No permission').waitFor();
    await tab.expectAccessible();
    const field = page.getByRole('textbox', { name: 'Operator token' });
    await field.fill('a wrong token');
    await page.getByRole('button', { name: 'Open the outbox' }).click();
    await page.getByText('A token has letters, digits and signs of ASCII only, without spaces.').waitFor();
    await field.fill('wrong');
    await page.getByRole('button', { name: 'Open the outbox' }).click();
    await page.getByText('This is not the operator token of this installation.').waitFor();
    await field.fill(OPERATOR_TOKEN);
    await page.getByRole('button', { name: 'Open the outbox' }).click();
    await page.getByRole('article', { name: 'Welcome to CAVE' }).waitFor();
    expect(await page.getByText('Your session has ended').count()).to.equal(0);
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]))).not.to.include(OPERATOR_TOKEN);
    await page.reload();
    await page.getByText('No permission').waitFor();
  });
}, { environment: { API_SERVICE_OPERATOR_TOKEN: OPERATOR_TOKEN } });

describeInBrowser('the mail outbox', (stage) => {
  it('shows mails as text, and new ones by itself', async () => {
    const { page } = await stage.open('/outbox');
    await page.getByText('No mails yet').waitFor();
    await expectCall(202, stage.apiUrl, 'POST', '/users/register', { body: { email: 'guest@example.com' } });
    const link = page.getByRole('article', { name: 'Confirm your registration at CAVE' }).getByRole('link');
    const token = new URL(await link.innerText()).searchParams.get('token');
    const name = '<b id="injected">x</b> https://evil.example.com/login';
    await expectCall(201, stage.apiUrl, 'POST', '/users/confirm', { body: { first_name: name, last_name: 'B', password: PASSWORD, confirmation_token: token } });
    const mail = page.getByRole('article', { name: 'Welcome to CAVE' });
    await mail.getByText(`Hello ${name},`).waitFor();
    expect(await page.locator('#injected').count()).to.equal(0);
    expect(await mail.getByRole('link').evaluateAll((links) => links.map((found) => found.getAttribute('href')))).to.deep.equal(['/login']);
    await page.getByRole('link', { name: /^Confirm your registration/ }).click();
    await page.getByRole('article', { name: 'Confirm your registration at CAVE' }).waitFor();
    await page.reload();
    await page.getByRole('article', { name: 'Confirm your registration at CAVE' }).waitFor();
  });
});

async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}
