/** What people type for a person: a phone number or an account number, in one field. */
import type { wire } from '@bulkhead/api-client';

/** A phone number as the bank writes it, from what was typed. */
export function parsePhone(typed: string): string | undefined {
  const bare = typed.replace(/[\s()\-–\u00a0]/g, '');
  if (/^\+\d{7,15}$/.test(bare)) return bare;
  if (/^[78]\d{10}$/.test(bare)) return `+7${bare.slice(1)}`;
  if (/^9\d{9}$/.test(bare)) return `+7${bare}`;
  return undefined;
}

export function parsePayee(typed: string): wire.PayeeDraft | undefined {
  const bare = typed.replace(/[\s\-–\u00a0]/g, '');
  if (/^\d{20}$/.test(bare)) return { account: bare };
  const phone = parsePhone(typed);
  return phone === undefined ? undefined : { phone };
}

/** As the router compares logins; a phone is written one way. */
export function loginAsTyped(typed: string): string {
  return parsePhone(typed) ?? typed.trim().toLowerCase();
}
