/** What a customer sees when another block takes his session up, over a bank that a test plays. */
import { expect, test } from './bank.ts';
import { StandIn, order, problem } from './standIn.ts';

test.use({ serviceWorkers: 'block' });

test('nobody logs in again, and what was on its way is listed', async ({ page, baseURL }) => {
  const bank = await StandIn.around(page, baseURL ?? '');
  const corner = page.getByRole('complementary', { name: 'Demonstration: your server' });
  await expect(corner).toContainText('client-1 · home · connected');
  bank.operations = [order('op-1', { state: 'sent', shown: 'being_checked' })];
  bank.dead.add('client-1');
  bank.serves = 'backup-2';
  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  await expect(corner).toContainText('backup-2 · backup · connected', { timeout: 15_000 });
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  const list = page.getByRole('region', { name: 'Sent before the switch, being checked' });
  await expect(list.getByRole('listitem')).toHaveCount(1);
  expect(bank.asked.filter((asked) => asked.includes('/v1/sessions'))).toEqual([
    'POST client-1/v1/sessions',
    'POST backup-2/v1/sessions/resumption',
  ]);
  bank.operations = [order('op-1', { state: 'executed', shown: 'done', durability: 'accepted' })];
  await expect(list).toBeHidden({ timeout: 10_000 });
  await expect(page.getByRole('button', { name: 'Log in' })).toBeHidden();
});

test('another block sends a code of its own, for an order it may not have', async ({
  page,
  baseURL,
}) => {
  const bank = await StandIn.around(page, baseURL ?? '');
  bank.operations = [order('op-1')];
  await page.reload();
  await page.getByRole('button', { name: 'Enter the code' }).click();
  await page.getByLabel('Code from the message').waitFor();
  bank.says.set('POST /v1/operations/op-1/code', () => [200, { sent: true }]);
  bank.says.set('POST /v1/operations/op-1/confirmation', () => [
    409,
    problem('code-expired', 'ask'),
  ]);
  bank.dead.add('client-1');
  bank.serves = 'backup-2';
  // He types the code that he has: it was the dead block's.
  await page.getByLabel('Code from the message').fill('123456');
  const told = page.getByText('It has sent you a code of its own');
  await expect(told).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByLabel('Code from the message')).toHaveValue('');
  const done = order('op-1', { state: 'executed', shown: 'done', durability: 'accepted' });
  bank.says.set('POST /v1/operations/op-1/confirmation', () => [200, done]);
  await page.getByLabel('Code from the message').fill('654321');
  await expect(page.getByRole('heading', { name: 'Done', exact: true })).toBeVisible();
});

test('he is told what is missing, and asked about what came late', async ({ page, baseURL }) => {
  const bank = await StandIn.around(page, baseURL ?? '');
  const asked = { asked: 3, cancel_asked: 0 };
  const late = order('op-1', { state: 'pending', shown: 'under_investigation', question: asked });
  bank.notice = {
    notice: 'joining',
    message: null,
    view: 'as_of',
    as_of: 2,
    being_checked: [],
    questions: [late],
  };
  await page.reload();
  await expect(page.getByText('We are bringing together everything')).toBeVisible();
  let answered: unknown;
  bank.says.set('POST /v1/operations/op-1/answer', () => {
    bank.notice = undefined;
    return [200, late];
  });
  page.on('request', (request) => {
    if (request.url().endsWith('/answer')) answered = request.postDataJSON();
  });
  await page.getByRole('button', { name: 'No, cancel it' }).click();
  await expect(page.getByText('We are bringing together everything')).toBeHidden();
  expect(answered).toEqual({ execute: false, ...asked });
});

test('an order that nobody answers is cancelled before another one', async ({ page, baseURL }) => {
  const bank = await StandIn.around(page, baseURL ?? '');
  const { intent } = order('op-1');
  const sent_at = new Date(Date.now() - 60_000).toISOString();
  const kept = { key: 'a-key-of-sixteen-characters', owner: 'anna', sent_at, order: { intent } };
  await page.evaluate(keep, kept);
  await page.reload();
  let ends = false;
  bank.says.set('POST /v1/operations/cancellation', () => {
    const { state, shown } = ends
      ? ({ state: 'cancelled', shown: 'cancelled' } as const)
      : ({ state: 'awaiting_confirmation', shown: 'being_cancelled' } as const);
    return [200, order('op-1', { state, shown })];
  });
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await expect(page.getByText('We wait for the bank to say how it ended')).toBeVisible();
  // The wish outlives the page.
  await page.reload();
  await expect(page.getByText('We wait for the bank to say how it ended')).toBeVisible();
  ends = true;
  await expect(page.getByText('Cancelled. Nothing was done')).toBeVisible({ timeout: 15_000 });
  await page.getByRole('button', { name: 'Got it' }).click();
  await expect(page.getByRole('heading', { name: 'Not finished' })).toBeHidden();
});

/** In the browser: as an order is kept before it is sent. */
function keep(order: { key: string }): Promise<void> {
  return new Promise((done, failed) => {
    const open = indexedDB.open('bulkhead', 1);
    open.onerror = () => failed(new Error('no database'));
    open.onsuccess = () => {
      const tx = open.result.transaction('orders', 'readwrite');
      tx.objectStore('orders').put(order, order.key);
      tx.oncomplete = () => done();
    };
  });
}
