/** The plain way: log in, pay somebody, see it done, find it in the list. */
import { codeAfter, customerOf, expect, logIn, test } from './bank.ts';

test('logs in on a new device and transfers to a customer', async ({ page }) => {
  const [payer, payee] = [customerOf('client-1', 1), customerOf('client-2', 1)];
  await logIn(page, payer);
  await expect(page.getByRole('heading', { name: 'Accounts' })).toBeVisible();

  await page.getByRole('link', { name: 'To a customer', exact: true }).click();
  await page.getByLabel('Phone or account number').fill(payee.phone);
  const roubles = 1 + (Date.now() % 900);
  await page.getByLabel('Amount', { exact: true }).fill(`${roubles},37`);
  await page.getByLabel('Message to the payee').fill('Lunch');
  await page.getByRole('button', { name: 'Continue' }).click();

  const [first = '', last = ''] = payee.name.split(' ');
  await expect(page.getByText(`${first} ${last[0]}.`)).toBeVisible();
  await expect(page.getByText('The bank has checked the name.')).toBeVisible();
  const code = await codeAfter(payer.phone, async () => {
    await page.getByRole('button', { name: /^Confirm/ }).click();
    await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  });
  await page.getByLabel('Code from the message').fill(code);
  await expect(page.getByRole('heading', { name: 'Done', exact: true })).toBeVisible();
  await expect(page.getByText(/^BH-/)).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/operation');
  expect(new URL(page.url()).search).toBe('');

  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  await expect(page.getByText(new RegExp(`${roubles}\\.37`)).first()).toBeVisible();
});

test('asks before it orders the same again', async ({ page }) => {
  const payer = customerOf('client-1', 2);
  await logIn(page, payer);
  const cents = String(Date.now() % 100).padStart(2, '0');
  const amount = `${10 + (Math.floor(Date.now() / 100) % 80)},${cents}`;
  const fill = async () => {
    await page.getByRole('link', { name: 'Pay', exact: true }).click();
    await page.getByRole('link', { name: 'Mobile phone' }).click();
    await page.getByLabel('Phone number').fill('+7 900 111-22-33');
    await page.getByLabel('Amount', { exact: true }).fill(amount);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: /^Confirm/ }).click();
  };
  await fill();
  await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  await fill();
  await expect(page.getByRole('heading', { name: 'Do you mean it twice?' })).toBeVisible();
  await page.getByRole('button', { name: 'No, do not order it' }).click();
  await expect(page.getByText('Waiting for your confirmation').first()).toBeVisible();
  await page.getByRole('button', { name: 'Enter the code' }).first().click();
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await expect(page.getByRole('heading', { name: 'Cancelled' })).toBeVisible();
});
