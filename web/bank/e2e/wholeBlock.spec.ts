/**
 * Every process and the database of a block are killed while its customers pay, each at another
 * moment. They see no error, keep their sessions, and every payment is done once. One death for
 * all of them: automation moves one thing in ten minutes. Last of all files: the block stays away.
 *
 * MOMENTS: how many of the ten (two where nothing is said). SEED: which, and when exactly.
 */
import type { BrowserContext } from '@playwright/test';
import { booked, control, controlSoon, customerOf, expect, logIn, test } from './bank.ts';
import { Payment } from './payment.ts';

const BLOCK = 'client-1';
const SEED = Number(process.env.SEED ?? 20_261_201);
const MOMENTS = Number(process.env.MOMENTS ?? 2);
const ALL = 10;
/** The block is killed up to this long after the step, or before the next one. */
const SPREAD_MS = 400;

/** mulberry32: the same moments for the same seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function moments(random: () => number): number[] {
  const all = Array.from({ length: ALL }, (_, step) => ({ step, rank: random() }));
  all.sort((a, b) => a.rank - b.rank);
  return all.slice(0, MOMENTS).map(({ step }) => step);
}

test.afterAll(() => {
  control('heal', '--all');
});

test('every process and the database of a block die under its customers', async ({ browser }) => {
  test.setTimeout(300_000);
  const random = dice(SEED);
  const contexts: BrowserContext[] = [];
  const paying: { payment: Payment; step: number; pause: number }[] = [];
  for (const step of moments(random)) {
    const context = await browser.newContext({ locale: 'en-GB' });
    contexts.push(context);
    const page = await context.newPage();
    const payer = customerOf(BLOCK, 20 + step);
    const payee = customerOf('client-2', 20 + step);
    const amount = `${100 + step},${10 + Math.floor(random() * 89)}`;
    const payment = new Payment(page, payer, payee, amount);
    await logIn(page, payer);
    paying.push({ payment, step, pause: Math.floor(random() * SPREAD_MS) });
  }
  // All but the last step of each, which may be under way when the block dies.
  for (const { payment, step } of paying) {
    await payment.watch();
    for (const [, act] of payment.steps.slice(0, step)) await act();
  }
  const dead = controlSoon('kill', BLOCK);
  await Promise.all(
    paying.map(async ({ payment, step, pause }) => {
      const [moment, act] = payment.steps[step] ?? [];
      await test.step(`moment ${step}: ${moment}`, async () => {
        await payment.page.waitForTimeout(pause);
        await act?.();
        await payment.finish(step);
      });
    }),
  );
  await dead;
  for (const { payment, step } of paying) {
    const { page, amount } = payment;
    expect(await payment.errors(), `moment ${step}`).toEqual([]);
    expect(booked('transfer', await payment.operation()), `moment ${step}`).toBe(1);
    // His session goes on after a reload too, and he ordered once.
    await page.goto('/operations');
    await expect(page.getByRole('heading', { name: 'Operations' })).toBeVisible();
    const shown = amount.replace(',', '.');
    await expect(page.getByRole('listitem').filter({ hasText: shown })).toHaveCount(1);
  }
  await Promise.all(contexts.map((context) => context.close()));
});
