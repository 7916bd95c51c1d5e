/**
 * The numbers of the core, in one place. `cases/*.json` repeat them, so that a client with others
 * notices.
 */
export const LIMITS = {
  /** Sends in a round. */
  attempts_max: 3,
  /** Repetitions that all calls together may have open. */
  quota_max: 10,
  /** The first pause lasts up to this long, the next ones up to twice as long each. */
  backoff_base_ms: 400,
  /** No pause lasts longer. */
  backoff_max_ms: 5_000,
  /** How often a call waits for an order that is being worked on. */
  waits_max: 20,
  /** A longer `Retry-After` is told to the customer instead of being waited for. */
  patience_ms: 15_000,
  /** How often a suspended call tries again before it is given up. */
  probes_max: 6,
  /** A suspended call rests at least this long. */
  probe_floor_ms: 500,
  /** On top of it up to this long, then twice as long each time. */
  probe_base_ms: 500,
  /** While the device has no network: look again after this, unless woken earlier. */
  offline_ms: 30_000,
  /** While an order is being cancelled: ask again after at least this long. */
  withdraw_floor_ms: 500,
  /** On top of it up to this long, then twice as long each time, three times. */
  withdraw_base_ms: 500,
} as const;
