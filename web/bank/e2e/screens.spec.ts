/** Pictures of the pages for people to look at: SCREENS names the folder. */
import type { Page } from '@playwright/test';
import { codeAfter, control, customerOf, logIn, test } from './bank.ts';
import { SIZES, take } from './pictures.ts';

test.afterEach(() => {
  control('heal', '--all');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`${size} ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        locale: 'en-GB',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      const nth = 6 + Object.keys(SIZES).indexOf(size) + (colorScheme === 'dark' ? 2 : 0);
      await walk(page, `${size}-${colorScheme}`, nth);
      await context.close();
    });
  }
}

async function walk(page: Page, prefix: string, nth: number): Promise<void> {
  const [payer, payee] = [customerOf('client-1', nth), customerOf('client-2', nth)];
  const picture = (name: string, full?: boolean) => take(page, `${prefix}-${name}`, full);
  await page.goto('/');
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await picture('login');
  await logIn(page, payer);
  await page.getByRole('heading', { name: 'Points' }).waitFor();
  await page.waitForLoadState('networkidle');
  await picture('home');
  await page.getByRole('link', { name: /Current account/ }).click();
  await page.getByText('Booked').waitFor();
  await page.waitForLoadState('networkidle');
  await picture('account', false);

  await page.getByRole('link', { name: 'Pay', exact: true }).click();
  await page.getByRole('heading', { name: 'Pay and transfer' }).waitFor();
  await page.waitForLoadState('networkidle');
  await picture('pay');
  await page.getByRole('link', { name: 'Exchange' }).click();
  await page.getByLabel('You give').waitFor();
  await page.waitForLoadState('networkidle');
  await picture('exchange');
  await page.getByRole('link', { name: 'Pay', exact: true }).click();
  await page.getByRole('link', { name: 'To a customer' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await picture('form-mistakes');
  await page.getByLabel('Phone or account number').fill(payee.phone);
  await page.getByLabel('Amount', { exact: true }).fill(`1 250,${10 + (Date.now() % 89)}`);
  await page.getByLabel('Message to the payee').fill('For the concert');
  await picture('form');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The bank has checked the name.').waitFor();
  await picture('review');
  const code = await codeAfter(payer.phone, async () => {
    await page.getByRole('button', { name: /^Confirm/ }).click();
    await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  });
  await page.getByText('Another code in').waitFor();
  await page.waitForLoadState('networkidle');
  await picture('code');
  await page.getByLabel('Code from the message').fill('000001');
  await page.getByText('attempts are left').waitFor();
  await picture('code-wrong', false);
  await page.getByLabel('Code from the message').fill(code);
  await page.getByRole('heading', { name: 'Done', exact: true }).waitFor();
  await page.waitForLoadState('networkidle');
  await picture('done');
  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  await page.getByText('1,250.').first().waitFor();
  await picture('operations', false);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('browser · this device').waitFor();
  await picture('settings');
  await page.getByLabel('Русский').check();
  await page.getByRole('link', { name: 'Главная' }).click();
  await page.getByRole('heading', { name: 'Баллы' }).waitFor();
  await picture('home-ru');
  if (prefix !== 'narrow-light' && prefix !== 'wide-dark') return;
  control('kill', 'insurance');
  control('kill', 'cards');
  await page.reload();
  await page.getByText('Сейчас это не показать').first().waitFor();
  await picture('home-ru-away');
  control('heal', '--all');
  control('kill', 'client-1/web');
  await page.getByRole('link', { name: 'Операции', exact: true }).click();
  await page.waitForTimeout(5_000);
  await picture('no-server', false);
  control('heal', '--all');
}
