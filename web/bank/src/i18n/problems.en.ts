/** Refusals in words for customers, by the bank's stable codes: what happened, and what to do. */
import type { Because } from '@bulkhead/api-client';

export interface Words {
  title: string;
  advice: string;
}

const words = (title: string, advice: string): Words => ({ title, advice });

/** Where there is no answer at all, or none that names a code of ours. */
const because: Record<Because, Words> = {
  ask: words('This cannot be taken as it is.', 'Check what you entered.'),
  stop: words('The bank did not take this.', 'Nothing was done.'),
  reauthenticate: words('Your session has ended.', 'Log in again.'),
  later: words('The bank has much to do just now.', 'Try again in a moment.'),
  unknown: words('We did not get the answer.', 'Look at what became of it before you repeat it.'),
  unreachable: words('The bank cannot be reached.', 'Check your connection or try again later.'),
};

const codes: Record<string, Words> = {
  'too-many-requests': words('That was too often.', 'Wait a minute, then try again.'),
  busy: words('The bank has much to do just now.', 'Try again in a moment.'),
  'deadline-exceeded': words('The answer took too long.', 'Try again; nothing is done twice.'),
  'not-ready': words('Your server is not ready.', 'Try again in a moment.'),
  'internal-error': words('Something went wrong on our side.', 'Try again in a moment.'),
  'back-office-unavailable': words(
    'The system behind this does not answer now.',
    'Try again later. Nothing was done.',
  ),
  'invalid-request': words('Something in the form cannot be.', 'Check the marked fields.'),
  unauthenticated: words('You are not logged in.', 'Log in.'),
  'session-expired': words('Your session has ended.', 'Log in again.'),
  'credentials-wrong': words('The login or the password is not right.', 'Enter them again.'),
  'login-locked': words('Too many wrong passwords were entered.', 'Wait, then try again.'),
  'ticket-expired': words('That took too long.', 'Log in again.'),
  'ticket-used': words('The login was interrupted.', 'Log in again.'),
  'ticket-invalid': words('The login was interrupted.', 'Log in again.'),
  'session-unknown': words('That device is logged out already.', 'Nothing is left to do.'),
  'code-wrong': words('The code is not right.', 'Enter it again.'),
  'code-expired': words('The code is no longer valid.', 'Ask for a new one.'),
  'origin-refused': words('This page is not served by the bank.', 'Open the bank’s own address.'),
  'placement-moved': words('Another server has your data now.', 'We are going there.'),
  'idempotency-in-progress': words('Your order is being worked on.', 'Look again in a moment.'),
  'idempotency-mismatch': words('This order was sent before.', 'The first one stands.'),
  'looks-alike': words('You ordered the same a few minutes ago.', 'Say whether you mean it twice.'),
  'look-again': words(
    'More is known now than when you last looked.',
    'Look whether it has been done already, then order it if you still want it.',
  ),
  'review-expired': words('The review is too old.', 'Go back and review the order again.'),
  'review-altered': words('The terms have changed.', 'Go back and review the order again.'),
  'account-unknown': words('This account cannot be used.', 'Choose another one.'),
  'card-unknown': words('This card cannot be used.', 'Choose another one.'),
  'payee-unknown': words('Nobody who can be paid was found there.', 'Check the number.'),
  'biller-unknown': words('There is no such biller.', 'Choose another one.'),
  'product-unknown': words('There is no such deposit.', 'Choose another one.'),
  'insufficient-funds': words(
    'There is not enough money on the account.',
    'Choose a smaller amount or another account. What is in progress counts as spent.',
  ),
  'limit-exceeded': words('The amount is above your limit.', 'Choose a smaller amount.'),
  'risk-refused': words('The bank cannot take this order.', 'Call the bank. Nothing was done.'),
  'not-available-now': words('This cannot be ordered now.', 'Try later. Nothing was done.'),
  'operation-unknown': words('There is no such operation.', 'Look at the list of operations.'),
  'operation-not-awaiting': words('It does not wait for a code any more.', 'Look at its state.'),
  'operation-not-cancellable': words('It has ended and cannot be cancelled.', 'See its result.'),
  'nothing-to-show': words('There is no code to show.', 'It was used, or its time ran out.'),
  'terms-not-understood': words('This cannot be ordered here.', 'Order it anew from the start.'),
  'template-unknown': words('This was removed before.', 'Nothing is left to do.'),
  'too-many-templates': words('You have as many as the bank keeps.', 'Remove one first.'),
};

export const problems = { because, codes };
