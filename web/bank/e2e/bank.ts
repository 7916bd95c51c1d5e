/** The bank around a browser test: its customers, their messages, its switches, its ledger. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test as base } from '@playwright/test';
import type { Page } from '@playwright/test';

export { expect } from '@playwright/test';

export interface Customer {
  login: string;
  password: string;
  phone: string;
  name: string;
  home: string;
  cohort: string;
}

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}; see playwright.config.ts`);
  return value;
}

export function customers(): Customer[] {
  const file = JSON.parse(readFileSync(needed('BANK_LOGINS'), 'utf8')) as { logins: Customer[] };
  return file.logins;
}

/** The n-th demo customer at home on `block`. */
export function customerOf(block: string, nth: number): Customer {
  const found = customers().filter(({ home }) => home === block)[nth];
  if (!found) throw new Error(`no customer ${nth} on ${block}`);
  return found;
}

/** The `bulkhead` command. */
export function control(...args: string[]): string {
  return execFileSync(needed('BANK_CONTROL'), args, { encoding: 'utf8' });
}

/** The same, while the test goes on. */
export function controlSoon(...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(needed('BANK_CONTROL'), args, (error) => (error ? reject(error) : resolve()));
  });
}

export interface Message {
  message_id: string;
  text: string;
}

export function latest(phone: string): Message | undefined {
  const told = control('messages', '--phone', phone, '-n', '1', '-o', 'json');
  return (JSON.parse(told) as Message[])[0];
}

/** The code in a message, if it brings one. */
export function codeOf(message: Message | undefined): string | undefined {
  return /Code: (\d{6})/.exec(message?.text ?? '')?.[1];
}

/** Which message came last; to be told from the next one. */
export function lastMessage(phone: string): string | undefined {
  return latest(phone)?.message_id;
}

/** The code of the first message after `before`. */
export async function codeSince(phone: string, before: string | undefined): Promise<string> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    const message = latest(phone);
    const code = codeOf(message);
    if (message && code && message.message_id !== before) return code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no code came to ${phone}`);
}

/** The code of the message that `act` causes. */
export async function codeAfter(phone: string, act: () => Promise<unknown>): Promise<string> {
  const before = lastMessage(phone);
  await act();
  return codeSince(phone, before);
}

/** The operation that the page shows: its id is in the history's state, never in the address. */
export async function shownOperation(page: Page): Promise<string> {
  return page.evaluate(() => (window.history.state as { id: string }).id);
}

/** How many postings of this kind the ledger holds for an operation. */
export function booked(kind: string, operation: string): number {
  const [command = '', ...args] = needed('BANK_JOURNAL').split(' ');
  const journal = execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  return journal.split(`; kind:${kind}, operation:${operation}`).length - 1;
}

export async function logIn(page: Page, customer: Customer): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Login or phone number').fill(customer.login);
  await page.getByRole('textbox', { name: 'Password' }).fill(customer.password);
  const code = await codeAfter(customer.phone, async () => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  });
  await page.getByLabel('Code from the message').fill(code);
  await page.getByRole('heading', { name: /^Hello/ }).waitFor();
}

export const test = base.extend<{ pageErrors: string[] }>({
  locale: 'en-GB',
  /** Nothing may go wrong unseen. */
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        const text = message.text();
        if (text.includes('Content Security Policy')) errors.push(text);
      });
      await use(errors);
      if (errors.length > 0) throw new Error(errors.join('\n'));
    },
    { auto: true },
  ],
});
