/**
 * Things that happen at the wrong moment: a server or the router is away, the network is gone, the
 * customer goes back, reloads, presses twice, has two tabs. No order is lost or made twice.
 */
import type { Page } from '@playwright/test';
import {
  booked,
  codeAfter,
  control,
  customerOf,
  expect,
  logIn,
  shownOperation,
  test,
} from './bank.ts';
import type { Customer } from './bank.ts';

const WEB = 'client-2/web';
const DONE = { name: 'Done', exact: true };

test.afterEach(() => {
  control('heal', '--all');
});

async function review(page: Page, payee: Customer): Promise<void> {
  await page.getByRole('link', { name: 'To a customer', exact: true }).click();
  await page.getByLabel('Phone or account number').fill(payee.phone);
  const amount = `${1 + (Date.now() % 900)},${10 + (Date.now() % 89)}`;
  await page.getByLabel('Amount', { exact: true }).fill(amount);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: /^Confirm/ }).waitFor();
}

const toConfirm = (page: Page) => page.getByRole('heading', { name: 'Confirm with a code' });
const form = (page: Page) => page.getByRole('button', { name: 'Continue' });

test('the server is away during the login', async ({ page }) => {
  const customer = customerOf('client-2', 6);
  await page.goto('/');
  await page.getByLabel('Login or phone number').fill(customer.login);
  await page.getByRole('textbox', { name: 'Password' }).fill(customer.password);
  control('kill', WEB);
  const code = await codeAfter(customer.phone, async () => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('button', { name: 'Logging in …' })).toBeVisible();
    control('heal', WEB);
    await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  });
  // Nobody knows what became of this code: it is not sent again unseen.
  control('kill', WEB);
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByText('Enter the code once more.', { exact: false })).toBeVisible();
  control('heal', WEB);
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByRole('heading', { name: /^Hello/ })).toBeVisible();
});

test('between the review and an order that is pressed twice', async ({ page }) => {
  const [payer, payee] = [customerOf('client-2', 7), customerOf('client-1', 6)];
  await logIn(page, payer);
  await review(page, payee);
  control('kill', WEB);
  const sent = new Set<string | undefined>();
  page.on('request', (request) => {
    if (request.method() !== 'POST' || !/\/v1\/operations$/.test(request.url())) return;
    sent.add(request.headers()['idempotency-key']);
  });
  await page.getByRole('button', { name: /^Confirm/ }).dblclick();
  const code = await codeAfter(payer.phone, async () => {
    control('heal', WEB);
    await toConfirm(page).waitFor();
  });
  expect(sent.size).toBe(1);

  // The result is being looked at when the server goes.
  control('kill', WEB);
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByRole('button', { name: 'Confirming …' })).toBeVisible();
  control('heal', WEB);
  await expect(page.getByRole('heading', DONE)).toBeVisible();
  expect(booked('transfer', await shownOperation(page))).toBe(1);
});

test('going back and reloading never bring the form behind an order', async ({ page }) => {
  const [payer, payee] = [customerOf('client-2', 8), customerOf('client-1', 8)];
  await logIn(page, payer);
  await review(page, payee);
  // Back from the review is the form, as it was.
  await page.goBack();
  await expect(page.getByLabel('Phone or account number')).toHaveValue(payee.phone);
  await page.goForward();
  control('kill', WEB);
  await page.getByRole('button', { name: /^Confirm/ }).click();
  await expect(page.getByText('Sending …')).toBeVisible();
  await page.goBack();
  await expect(page.getByText('Sending …')).toBeVisible();
  await expect(form(page)).toBeHidden();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Not finished' })).toBeVisible();
  await expect(page.getByText('Sending …')).toBeVisible();
  await page.goto('/pay/customer_transfer');
  await expect(page.getByRole('heading', { name: 'Not finished' })).toBeVisible();
  const code = await codeAfter(payer.phone, async () => {
    control('heal', WEB);
    // It arrived before the reload, or it did not: both are found out without sending it.
    const again = page.getByRole('button', { name: 'Send it again' });
    await again.or(page.getByRole('button', { name: 'Enter the code' })).click();
    await toConfirm(page).waitFor();
  });
  await page.reload();
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByRole('heading', DONE)).toBeVisible();
  expect(booked('transfer', await shownOperation(page))).toBe(1);
});

test('the router, the server and the network go one after the other', async ({ page, context }) => {
  await logIn(page, customerOf('client-2', 9));
  const total = await page.locator('.total').innerText();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  control('kill', 'router');
  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  await expect(page.getByText('You have not ordered anything yet.')).toBeVisible();
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect(page.locator('.total')).toHaveText(total);
  await page.reload();
  await expect(page.locator('.total')).toHaveText(total);

  control('kill', WEB);
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText('We cannot reach the bank just now', { exact: false })).toBeVisible();
  // Pressed while nobody is there: the page also tries by itself, and may be quicker afterwards.
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(page.getByText('We cannot reach the bank just now', { exact: false })).toBeVisible();
  control('heal', '--all');
  await expect(page.getByText('browser · this device')).toBeVisible({ timeout: 30_000 });

  await context.setOffline(true);
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect(page.getByText('This device has no network.', { exact: false })).toBeVisible();
  await context.setOffline(false);
  await expect(page.locator('.total')).toHaveText(total);
  await expect(page.getByText('This device has no network.', { exact: false })).toBeHidden();
});

test('two tabs show one customer', async ({ page, context }) => {
  const [first, second] = [customerOf('client-2', 11), customerOf('client-1', 14)];
  const greeting = (name: string) => ({ name: `Hello, ${name.split(' ')[0]}` });
  await logIn(page, first);
  const other = await context.newPage();
  await other.goto('/');
  await expect(other.getByRole('heading', greeting(first.name))).toBeVisible();
  await other.getByRole('button', { name: 'Log out' }).click();
  await expect(other.getByRole('heading', { name: 'Welcome' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Welcome' })).toBeVisible();

  // The device is known by now: no code is asked for.
  await page.getByLabel('Login or phone number').fill(first.login);
  await page.getByRole('textbox', { name: 'Password' }).fill(first.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', greeting(first.name))).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', greeting(first.name))).toBeVisible();
  // Whoever comes next in one tab is in the other one too.
  await context.clearCookies();
  await other.reload();
  await other.getByLabel('Login or phone number').fill(second.login);
  await other.getByRole('textbox', { name: 'Password' }).fill(second.password);
  const code = await codeAfter(second.phone, async () => {
    await other.getByRole('button', { name: 'Log in' }).click();
    await other.getByRole('heading', { name: 'Enter the code' }).waitFor();
  });
  await other.getByLabel('Code from the message').fill(code);
  await expect(other.getByRole('heading', greeting(second.name))).toBeVisible();
  await expect(page.getByRole('heading', greeting(second.name))).toBeVisible();
});
