/** Answers: read to the end, and what they say in the words of the core. */
import type { Event } from './core/types.ts';
import type { FailedHow, Problem } from './wire.ts';

/** An answer as it came: the body is read within the time limit too. */
export interface Reply<T> {
  status: number;
  body: T | undefined;
  problem: Problem | undefined;
  word: Problem['next'] | undefined;
  retryAfterMs: number | undefined;
  replayed: boolean;
}

const WORDS = ['retry', 'route', 'reauthenticate', 'ask', 'stop'] as const;

export async function read<T>(response: Response): Promise<Reply<T>> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const isProblem = type.startsWith('application/problem+json');
  const json: unknown = text && type.includes('json') ? JSON.parse(text) : undefined;
  const problem = isProblem ? (json as Problem) : undefined;
  const header = response.headers.get('bulkhead-next') ?? problem?.next;
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    body: isProblem ? undefined : (json as T),
    problem,
    word: WORDS.find((word) => word === header),
    retryAfterMs: Number.isFinite(after) ? after * 1_000 : undefined,
    replayed: response.headers.get('idempotency-replayed') === 'true',
  };
}

/** What an answer says, and the dice for the core's pauses. */
export function said({ status, problem, word, retryAfterMs }: Reply<unknown>, random: number) {
  const after = problem?.retry_after_ms ?? retryAfterMs;
  return {
    status,
    random,
    ...(word ? { next: word } : {}),
    ...(problem ? { code: problem.code } : {}),
    ...(after === undefined ? {} : { retry_after_ms: after }),
  };
}

/** What was met at the block, if it was the block that failed. */
export function how(event: Event): FailedHow | undefined {
  if (event.type === 'answer' || (event.type === 'unresumed' && event.status !== undefined)) {
    const { status = 0 } = event;
    return status === 421 || status >= 500 ? 'answered' : undefined;
  }
  if (event.type !== 'lost' && event.type !== 'unresumed') return undefined;
  // Without a network it is not the block.
  if (event.type === 'lost' && event.offline === true) return undefined;
  return event.late === true ? 'silent' : 'refused';
}
