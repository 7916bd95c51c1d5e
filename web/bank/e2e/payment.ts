/** A customer who pays another one, step by step, so that something can happen between any two. */
import type { Page } from '@playwright/test';
import { codeOf, expect, lastMessage, latest, shownOperation } from './bank.ts';
import type { Customer } from './bank.ts';

/** What nobody is to see because his block died. */
const ERRORS = '.notice.bad, .veil, .gate';

export class Payment {
  readonly page: Page;
  readonly payer: Customer;
  readonly amount: string;
  private readonly payee: Customer;
  private before: string | undefined;
  private code = '';

  constructor(page: Page, payer: Customer, payee: Customer, amount: string) {
    this.page = page;
    this.payer = payer;
    this.payee = payee;
    this.amount = amount;
  }

  /** From opening the form to the receipt. Those that only press something do not wait. */
  readonly steps: [string, () => Promise<unknown>][] = [
    ['the form is open', () => this.openForm()],
    ['the payee is typed', () => this.field('Phone or account number').fill(this.payee.phone)],
    ['the amount is typed', () => this.field('Amount').fill(this.amount)],
    ['the review is asked for', () => this.button('Continue').click()],
    ['the review is shown', () => this.button(/^Confirm/).waitFor()],
    ['the order is sent', () => this.order()],
    ['the code is asked for', () => this.readCode()],
    ['half of the code is typed', () => this.type(this.code.slice(0, 3))],
    ['the code is sent', () => this.type(this.code.slice(3))],
    ['the receipt is shown', () => this.heading('Done').waitFor()],
  ];

  /** The steps after `step`, by a customer who reads what the page says and types the latest code. */
  async finish(step: number): Promise<void> {
    for (const [, act] of this.steps.slice(step + 1, ORDERED + 1)) await act();
    if (step < CONFIRMED) await this.confirm();
    await this.heading('Done').waitFor({ timeout: 60_000 });
  }

  /** Collects what is shown that he should not see, from now on. */
  async watch(): Promise<void> {
    await this.page.addInitScript(collect, ERRORS);
    await this.page.evaluate(collect, ERRORS);
  }

  async errors(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as { seenErrors: string[] }).seenErrors);
  }

  operation(): Promise<string> {
    return shownOperation(this.page);
  }

  private async openForm(): Promise<void> {
    await this.page.getByRole('link', { name: 'To a customer', exact: true }).click();
    await this.field('Amount').waitFor();
  }

  private async order(): Promise<void> {
    this.before = lastMessage(this.payer.phone);
    await this.button(/^Confirm/).click();
  }

  private async readCode(): Promise<void> {
    await this.heading('Confirm with a code').waitFor();
    await expect.poll(() => this.newest()?.code, { timeout: 15_000 }).toBeDefined();
    this.code = this.newest()?.code ?? '';
  }

  private type(digits: string): Promise<void> {
    return this.field('Code from the message').pressSequentially(digits);
  }

  private newest(): { id: string; code: string } | undefined {
    const message = latest(this.payer.phone);
    const code = codeOf(message);
    if (!message || !code || message.message_id === this.before) return undefined;
    return { id: message.message_id, code };
  }

  /** Types every code that comes until it is done. */
  private async confirm(): Promise<void> {
    const done = this.heading('Done');
    const field = this.field('Code from the message');
    let typed: string | undefined;
    for (const end = Date.now() + 90_000; Date.now() < end;) {
      await done.or(field).first().waitFor({ timeout: 60_000 });
      if (await done.isVisible()) return;
      const newest = this.newest();
      if (newest && newest.id !== typed) {
        typed = newest.id;
        // It is gone if the order is confirmed meanwhile.
        await field.fill(newest.code, { timeout: 2_000 }).catch(() => undefined);
      }
      await this.page.waitForTimeout(300);
    }
  }

  private field(name: string) {
    return this.page.getByLabel(name, { exact: true });
  }

  private button(name: string | RegExp) {
    return this.page.getByRole('button', { name });
  }

  private heading(name: string) {
    return this.page.getByRole('heading', { name, exact: true });
  }
}

/** In the browser. */
function collect(errors: string): void {
  const seen: string[] = [];
  Object.assign(window, { seenErrors: seen });
  new MutationObserver(() => {
    for (const shown of document.querySelectorAll<HTMLElement>(errors)) {
      const text = shown.innerText.trim();
      if (text && !seen.includes(text)) seen.push(text);
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

/** The step that sends the order, and the one that sends the code. */
const ORDERED = 5;
const CONFIRMED = 8;
