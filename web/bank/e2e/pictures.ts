/** Pictures for people to look at: SCREENS names the folder. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect } from './bank.ts';

const folder = process.env.SCREENS ?? 'test-results/screens';

export const SIZES = { narrow: { width: 360, height: 780 }, wide: { width: 1280, height: 900 } };

export async function take(page: Page, name: string, full = true): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  const beyond = await page.evaluate(() => {
    return document.documentElement.scrollWidth - window.innerWidth;
  });
  expect.soft(beyond, `${name}: nothing is wider than the screen`).toBeLessThanOrEqual(0);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: full });
}
