/** Pictures of what is rarely seen: trouble, long names, many things, every state. */
import type { Page, Route } from '@playwright/test';
import { codeAfter, control, customerOf, logIn, test } from './bank.ts';
import { SIZES, take } from './pictures.ts';

test.afterEach(() => {
  control('heal', '--all');
});

const LOOKS = [
  ['narrow', 'dark', 'ru-RU'],
  ['narrow', 'light', 'en-GB'],
  ['wide', 'light', 'ru-RU'],
  ['wide', 'dark', 'en-GB'],
] as const;

for (const [nth, [size, colorScheme, locale]] of LOOKS.entries()) {
  test(`${size} ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(300_000);
    const viewport = SIZES[size];
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const picture = (name: string, full?: boolean) => {
      return take(page, `edge-${size}-${colorScheme}-${name}`, full);
    };
    await page.goto('/');
    await trouble(page, picture, 14 + nth);
    await page.evaluate((chosen) => localStorage.setItem('language', chosen), locale.slice(0, 2));
    await page.goto('/');
    await many(page, picture);
    await states(page, picture);
    await away(page, picture);
    await context.close();
  });
}

type Picture = (name: string, full?: boolean) => Promise<void>;

async function trouble(page: Page, picture: Picture, nth: number): Promise<void> {
  const customer = customerOf('client-2', nth);
  await page.getByLabel('Login or phone number').fill(customer.login);
  await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('is not right').waitFor();
  await picture('login-wrong');
  await page.route('**/v1/route', (route) => route.abort());
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForTimeout(11_000);
  await picture('login-slow');
  await page.unroute('**/v1/route');
  await logIn(page, customer);
  await page.getByRole('link', { name: 'To a customer', exact: true }).click();
  await page.context().clearCookies();
  await page.getByLabel('Phone or account number').fill('+7 900 000-00-02');
  await page.getByLabel('Amount', { exact: true }).fill('12');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Your session has ended.', { exact: false }).waitFor();
  await picture('ended');
  await page.getByRole('textbox', { name: 'Password' }).fill(customer.password);
  const code = await codeAfter(customer.phone, async () => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  });
  await page.getByLabel('Code from the message').fill(code);
  await page.getByRole('heading', { name: 'To a customer' }).waitFor();
}

/** Answers with what the bank said, changed. */
async function change(page: Page, path: string, by: (body: any) => void): Promise<void> {
  await page.route(path, async (route: Route) => {
    // Node does not know names under localhost.
    const url = new URL(route.request().url());
    const headers = { ...(await route.request().allHeaders()), host: url.host };
    url.hostname = '127.0.0.1';
    const response = await route.fetch({ url: url.href, headers });
    const body = await response.json();
    by(body);
    await route.fulfill({ response, json: body });
  });
}

const LONG = 'Накопительный счёт на первоначальный взнос за квартиру и ремонт';

async function many(page: Page, picture: Picture): Promise<void> {
  const grow = (section: any) => {
    const [one] = section.items;
    if (!one) return;
    section.items = Array.from({ length: 9 }, (_, n) => ({
      ...one,
      id: `${one.id}${n}`,
      name: n % 3 === 1 ? LONG : n % 3 === 2 ? 'Donaudampfschifffahrtsgesellschaft' : one.name,
      ...(one.account && one.balance
        ? {
            account: one.account.slice(0, -1) + n,
            balance: { amount: `${'9'.repeat(n + 3)}.00`, currency: 'RUB' },
            available: { amount: `${'9'.repeat(n + 3)}.00`.replace('9', '8'), currency: 'RUB' },
            open: n !== 4,
          }
        : {}),
      frozen: n === 2,
    }));
  };
  await change(page, '**/v1/overview', (body) => {
    for (const section of body.sections) {
      if (['accounts', 'cards', 'subscriptions'].includes(section.list)) grow(section);
      if (section.list === 'pension') section.as_of = '2026-11-20T09:04:00.000Z';
    }
    body.totals = [
      { amount: '123456789012.34', currency: 'RUB' },
      { amount: '1234567.00', currency: 'USD' },
      { amount: '7654321.99', currency: 'EUR' },
    ];
  });
  await change(page, '**/v1/accounts', grow);
  await page.goto('/');
  await page.getByText('Donaudampf').first().waitFor();
  await picture('many');
  await page.goto('/pay/own_transfer');
  await page.locator('.picker').first().waitFor();
  await page.locator('.picker select').first().selectOption({ index: 1 });
  await picture('many-form');
  await page.unroute('**/v1/overview');
  await page.unroute('**/v1/accounts');
}

const SHOWN = [
  'waiting_for_confirmation',
  'received',
  'in_progress',
  'being_checked',
  'being_cancelled',
  'under_investigation',
  'done',
  'done_on_changed_terms',
  'declined',
  'cancelled',
  'time_ran_out',
];

async function states(page: Page, picture: Picture): Promise<void> {
  const money = (amount: string) => ({ amount, currency: 'RUB' });
  const of = (shown: string, n: number) => ({
    operation_id: `0000000000000000000000000000000${n.toString(16)}`,
    kind: 'customer_transfer',
    state: n < 6 ? 'sent' : 'executed',
    iso_status: 'ACSP',
    durability: 'accepted',
    shown,
    message: 'Being looked at. The sentence of the bank stands here, and what to do.',
    cancellable: n < 3,
    intent: {
      valid_until: '2026-12-20T09:04:00.000Z',
      terms: {
        kind: 'customer_transfer',
        from_account: '40817810000000001001',
        payee: {
          account: '40817810000000001002',
          name: n % 2 ? 'Konstantin K.' : 'Анастасия-Александра М.',
          phone: '+79000000002',
        },
        amount: money('1234567.89'),
        fee: money('0.00'),
        message: 'A line of up to one hundred and forty characters. '.repeat(2),
      },
    },
    most: money('1234567.89'),
    reason: shown === 'declined' ? 'insufficient_funds' : null,
    effect:
      shown === 'done'
        ? { adjusted: false, reference: 'BH-0123456789AB', debited: money('1234567.89') }
        : null,
    created_at: '2026-11-20T09:04:00.000Z',
    updated_at: '2026-11-20T09:04:00.000Z',
    valid_until: '2026-12-20T09:04:00.000Z',
    confirm_by: null,
  });
  const items = SHOWN.map(of);
  await page.route(/\/v1\/operations(\?.*)?$/, (route) =>
    route.fulfill({ json: { items, next: 'more' }, headers: cors(route) }),
  );
  await page.route(/\/v1\/operations\/0000/, (route) => {
    const id = new URL(route.request().url()).pathname.split('/').pop();
    return route.fulfill({
      json: items.find((item) => item.operation_id === id),
      headers: cors(route),
    });
  });
  await page.goto('/operations');
  await page.locator('.item').nth(10).waitFor();
  await picture('operations');
  for (const n of [1, 3, 8]) {
    await page.goto('/operations');
    await page.locator('.item').nth(n).click();
    await page.locator('.hero').waitFor();
    await picture(`operation-${SHOWN[n]}`);
  }
  await page.unrouteAll();
}

function cors(route: Route): Record<string, string> {
  const origin = route.request().headers()['origin'] ?? '';
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  };
}

async function away(page: Page, picture: Picture): Promise<void> {
  await page.goto('/');
  await page.locator('.total').waitFor();
  await page.evaluate(() => window.history.pushState({}, '', '/pay/mobile_topup'));
  for (const gateway of ['gateway-a', 'gateway-b']) control('kill', gateway);
  await page.goto('/pay/mobile_topup');
  await page.waitForTimeout(4_000);
  await picture('no-gateway-form');
  await page.goto('/');
  await page.waitForTimeout(4_000);
  await picture('no-gateway-home');
  control('heal', '--all');
  control('kill', 'client-2/web');
  await page.goto('/');
  await page.waitForTimeout(3_000);
  await picture('no-server-3s', false);
  await page.waitForTimeout(9_000);
  await picture('no-server-12s');
  await page.waitForTimeout(25_000);
  await picture('no-server-37s');
}
