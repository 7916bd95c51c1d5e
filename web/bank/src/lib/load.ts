/** Reading from the bank: once, again after a while, and only while somebody looks. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { Because } from '@bulkhead/api-client';
import { useSession } from '../session.tsx';

export interface Loaded<T> {
  data: T | undefined;
  error: GivenUp | undefined;
  reload: () => void;
  /** Puts in what an answer has just told. */
  put: (data: T) => void;
}

/** Nobody answered: no fault of what was asked for. */
const UNREACHED: Because[] = ['unreachable', 'later'];
const UNREACHED_MS = 5_000;

/**
 * Loads now, when a `key` changes and when the customer has logged in again; then every `everyMs`
 * while the page is in sight. What was loaded stays shown while it is loaded again. A bank that
 * cannot be reached is no error to be shown: it is asked until it answers.
 */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  keys: unknown[],
  everyMs?: number | ((data: T | undefined) => number | undefined),
): Loaded<T> {
  const { epoch } = useSession();
  const [data, setData] = useState<T>();
  const [error, setError] = useState<GivenUp>();
  const [again, setAgain] = useState(0);
  const loader = useRef(load);
  const every = useRef(everyMs);
  useEffect(() => {
    loader.current = load;
    every.current = everyMs;
  });
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest: T | undefined;
    let unreached = false;
    const plan = () => {
      const asked = typeof every.current === 'function' ? every.current(latest) : every.current;
      const ms = unreached ? Math.min(asked ?? UNREACHED_MS, UNREACHED_MS) : asked;
      if (ms !== undefined && !controller.signal.aborted) timer = setTimeout(turn, ms);
    };
    const turn = () => {
      if (document.hidden) return;
      void loader
        .current(controller.signal)
        .then((loaded) => {
          latest = loaded;
          unreached = false;
          setData(loaded);
          setError(undefined);
        })
        .catch((reason: unknown) => {
          if (controller.signal.aborted) return;
          const error = reason instanceof GivenUp ? reason : new GivenUp('unknown');
          unreached = UNREACHED.includes(error.because);
          // The line above the page says so; here the shape stays, and it is tried again.
          if (!unreached) setError(error);
        })
        .finally(plan);
    };
    const seen = () => {
      clearTimeout(timer);
      if (!document.hidden) turn();
    };
    turn();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      clearTimeout(timer);
      controller.abort();
    };
    // The keys are the caller's.
  }, [...keys, epoch, again]);
  const reload = useCallback(() => setAgain((n) => n + 1), []);
  return { data, error, reload, put: setData };
}

/** Seconds that have passed since this began to be shown, in steps. */
export function useElapsed(steps: number[], running = true): number {
  const [passed, setPassed] = useState(0);
  useEffect(() => {
    setPassed(0);
    if (!running) return;
    const timers = steps.map((s) => setTimeout(() => setPassed(s), s * 1_000));
    return () => timers.forEach(clearTimeout);
    // The steps are constants.
  }, [running]);
  return passed;
}

/** Counts down to nothing. */
export function useCountdown(seconds: number, from: unknown): number {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = Date.now() + seconds * 1_000;
    setLeft(seconds);
    const timer = setInterval(() => {
      setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1_000)));
    }, 250);
    return () => clearInterval(timer);
  }, [seconds, from]);
  return left;
}

/** The time, looked at now and then: what is shown grows old without anything else happening. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
