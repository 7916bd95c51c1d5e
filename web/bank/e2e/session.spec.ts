/** Sessions from the page's side: they end, they are listed, and nothing secret is left behind. */
import { codeAfter, customerOf, expect, logIn, test } from './bank.ts';

test('a form outlives the session', async ({ page, context }) => {
  const customer = customerOf('client-1', 10);
  await logIn(page, customer);
  await page.getByRole('link', { name: 'To a customer', exact: true }).click();
  const payee = page.getByLabel('Phone or account number');
  await payee.fill('+7 900 000-00-02');
  await page.getByLabel('Amount', { exact: true }).fill('12,34');
  await context.clearCookies();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('Your session has ended.', { exact: false })).toBeVisible();
  await expect(page.getByLabel('Login or phone number')).toHaveValue(customer.login);
  await page.getByRole('textbox', { name: 'Password' }).fill(customer.password);
  const code = await codeAfter(customer.phone, async () => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  });
  await page.getByLabel('Code from the message').fill(code);
  await expect(payee).toHaveValue('+7 900 000-00-02');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('The bank has checked the name.')).toBeVisible();
});

test('a reload keeps the session, logging out ends it', async ({ page }) => {
  const customer = customerOf('client-2', 10);
  await logIn(page, customer);
  await page.reload();
  await expect(page.getByRole('heading', { name: /^Hello/ })).toBeVisible();
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText('browser · this device')).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).not.toContain(customer.password);
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await page.getByRole('main').getByRole('button', { name: 'Log out', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
});

test('the whole way with the keyboard', async ({ page }) => {
  const customer = customerOf('client-1', 11);
  await page.goto('/');
  await page.getByLabel('Login or phone number').focus();
  await page.keyboard.type(customer.phone);
  await page.keyboard.press('Tab');
  await page.keyboard.type(customer.password);
  const code = await codeAfter(customer.phone, async () => {
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  });
  // The field has the focus already.
  await page.keyboard.type(code);
  await expect(page.getByRole('heading', { name: /^Hello/ })).toBeFocused();
  await page.getByRole('link', { name: 'Between my accounts', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Between my accounts' })).toBeFocused();
  await page.getByRole('button', { name: 'Continue' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Amount', { exact: true })).toBeFocused();
  await expect(page.getByText('Enter an amount, such as 250 or 99.90.')).toBeVisible();
});
