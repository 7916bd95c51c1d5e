/** Every other kind of order, once, by one customer with several accounts. */
import type { Page } from '@playwright/test';
import { codeSince, customerOf, expect, lastMessage, logIn, test } from './bank.ts';

const customer = customerOf('client-1', 7);
/** An exchange is done on changed terms when the rate has moved meanwhile. */
const done = (page: Page) => page.getByRole('heading', { name: /^Done( on changed terms)?$/ });

async function open(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('link', { name: 'Pay', exact: true }).click();
  await page.getByRole('link', { name }).click();
}

async function amount(page: Page, label: string, value: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Confirms the review, with a code if one is asked for: risk may want one for any kind. */
async function confirm(page: Page): Promise<void> {
  const asked = page.getByRole('heading', { name: 'Confirm with a code' });
  const again = page.getByRole('button', { name: 'Yes, once more' });
  const before = lastMessage(customer.phone);
  await page.getByRole('button', { name: /^Confirm/ }).click();
  await asked.or(done(page)).or(again).first().waitFor();
  if (await again.isVisible()) await again.click();
  await asked.or(done(page)).first().waitFor();
  if (await asked.isVisible()) {
    const code = await codeSince(customer.phone, before);
    await page.getByLabel('Code from the message').fill(code);
  }
  await expect(done(page)).toBeVisible({ timeout: 30_000 });
}

test('every kind of order', async ({ page }) => {
  test.setTimeout(240_000);
  await logIn(page, customer);
  const small = `${1 + (Date.now() % 50)},${10 + (Date.now() % 89)}`;

  await open(page, /^Between my accounts/);
  await amount(page, 'Amount', small);
  await confirm(page);

  await open(page, /^Exchange/);
  await amount(page, 'You give', `${100 + (Date.now() % 300)}`);
  await confirm(page);

  await open(page, /^Open a deposit/);
  await page.getByLabel('Deposit', { exact: true }).selectOption('deposit-steady-usd');
  await amount(page, 'Amount', `${100 + (Date.now() % 20)}`);
  await confirm(page);

  await open(page, /^Bills/);
  await page.getByLabel('Who is paid').selectOption('power-msk');
  await page.getByLabel('Account number').fill('1234567890');
  await amount(page, 'Amount', small);
  await confirm(page);

  await open(page, /^Cash by code/);
  await amount(page, 'Amount', '150');
  await expect(page.getByText('Cash comes in whole hundreds of roubles.')).toBeVisible();
  await amount(page, 'Amount', '200');
  await confirm(page);
  await expect(page.getByText('Your cash code')).toBeVisible();

  await page.getByRole('link', { name: 'Home', exact: true }).click();
  const [freeze, unfreeze] = [/^Freeze Everyday/, /^Use Everyday/];
  await page.getByRole('link', { name: freeze }).click();
  await confirm(page);
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await page.getByRole('link', { name: unfreeze }).click();
  await confirm(page);
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect(page.getByRole('link', { name: freeze })).toBeVisible();
});
