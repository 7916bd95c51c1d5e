/**
 * The block's web server is killed after the confirming request was sent and before its answer, and
 * started again. The customer sees it done, and the ledger holds it once.
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

const WEB = 'client-1/web';
/** The gateway has a process in each data centre. */
const UNITS = { gateway: ['gateway-a', 'gateway-b'], messages: ['messages'] } as const;

test.afterEach(() => {
  control('heal', '--all');
});

/** The web server dies while it waits for `system`, which goes on afterwards. */
async function killWhile(
  system: keyof typeof UNITS,
  page: Page,
  path: RegExp,
  act: () => Promise<void>,
): Promise<void> {
  for (const unit of UNITS[system]) control('pause', unit);
  const sent = page.waitForRequest((request) => {
    return request.method() === 'POST' && path.test(new URL(request.url()).pathname);
  });
  let answered = false;
  page.on('response', (response) => {
    if (path.test(new URL(response.url()).pathname)) answered = true;
  });
  await act();
  await sent;
  // The request is with the server, which is waiting.
  await page.waitForTimeout(600);
  control('kill', WEB);
  expect(answered, 'killed before the answer').toBe(false);
  for (const unit of UNITS[system]) control('heal', unit);
}

async function fillTransfer(page: Page, payee: Customer): Promise<string> {
  await page.getByRole('link', { name: 'To a customer', exact: true }).click();
  await page.getByLabel('Phone or account number').fill(payee.phone);
  const amount = `${1 + (Date.now() % 900)},${10 + (Date.now() % 89)}`;
  await page.getByLabel('Amount', { exact: true }).fill(amount);
  await page.getByRole('button', { name: 'Continue' }).click();
  return amount;
}

test('while the code was on its way', async ({ page }) => {
  const [payer, payee] = [customerOf('client-1', 3), customerOf('client-2', 3)];
  await logIn(page, payer);
  await fillTransfer(page, payee);
  const code = await codeAfter(payer.phone, async () => {
    await page.getByRole('button', { name: /^Confirm/ }).click();
    await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  });
  await killWhile('gateway', page, /\/confirmation$/, async () => {
    await page.getByLabel('Code from the message').fill(code);
  });
  control('heal', WEB);
  await expect(page.getByRole('heading', { name: 'Done', exact: true })).toBeVisible({
    timeout: 60_000,
  });
  expect(booked('transfer', await shownOperation(page))).toBe(1);
});

test('after the order was written down', async ({ page }) => {
  const [payer, payee] = [customerOf('client-1', 4), customerOf('client-2', 4)];
  await logIn(page, payer);
  await fillTransfer(page, payee);
  const confirm = page.getByRole('button', { name: /^Confirm/ });
  await confirm.waitFor();
  // The order is committed, its code is not sent: another key would be another order now.
  await killWhile('messages', page, /\/v1\/operations$/, () => confirm.click());
  control('heal', WEB);
  await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor({ timeout: 60_000 });
  const code = await codeAfter(payer.phone, () => {
    return page.getByRole('button', { name: 'Send another code' }).click();
  });
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByRole('heading', { name: 'Done', exact: true })).toBeVisible();
  expect(booked('transfer', await shownOperation(page))).toBe(1);
});

test('and the tab was closed meanwhile', async ({ page }) => {
  const [payer, payee] = [customerOf('client-1', 5), customerOf('client-2', 5)];
  await logIn(page, payer);
  await fillTransfer(page, payee);
  const confirm = page.getByRole('button', { name: /^Confirm/ });
  await confirm.waitFor();
  const code = await codeAfter(payer.phone, async () => {
    await killWhile('gateway', page, /\/v1\/operations$/, () => confirm.click());
    await page.goto('about:blank');
    control('heal', WEB);
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Not finished' })).toBeVisible();
    // It had not been written down yet, or it had: both are found out without sending it.
    const again = page.getByRole('button', { name: 'Send it again' });
    const enter = page.getByRole('button', { name: 'Enter the code' });
    await again.or(enter).click({ timeout: 20_000 });
    await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  });
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByRole('heading', { name: 'Done', exact: true })).toBeVisible();
  expect(booked('transfer', await shownOperation(page))).toBe(1);
  await page.getByRole('link', { name: 'Home' }).click();
  await expect(page.getByRole('heading', { name: 'Not finished' })).toBeHidden();
});
