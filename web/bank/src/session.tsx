/** Who is logged in, and the one client of this page. */
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Bank, Client, Orders } from '@bulkhead/api-client';
import type { Place, Shelf, World, wire } from '@bulkhead/api-client';
import { otherRouters } from './lib/routers.ts';
import { listen, tell } from './lib/tabs.ts';

/** Greeted by name after a reload; the bank is asked who he is by the cookie. */
export interface Profile {
  /** As he logged in: whose kept orders are shown. */
  owner: string;
  name: string;
  idle_s: number;
}

/** What is known when the page starts. */
export interface Start {
  shelf: Shelf;
  place: Place | undefined;
  profile: Profile | undefined;
  bootstrap: Told;
  move: Move | undefined;
  /** What the router says now; `bootstrap` may be of the last visit. */
  latest: Promise<Told>;
}

type Told = Required<Pick<wire.Bootstrap, 'bank' | 'time_zone' | 'routers' | 'demo'>>;

/** Another block took his session up. */
export interface Move {
  from: string;
  to: string;
  /** RFC 3339. */
  at: string;
}

export interface Session {
  client: Client;
  bank: Bank;
  orders: Orders;
  bootstrap: Start['bootstrap'];
  /** The last move of this session, also before a reload. */
  move: Move | undefined;
  profile: Profile | undefined;
  /** The session has ended by itself; what he was doing is still there behind the login. */
  ended: boolean;
  /** Raised by every login: whatever was refused for want of one is loaded again. */
  epoch: number;
  /** Loads everything in sight again. */
  retry: () => void;
  opened: (profile: Profile) => void;
  signOut: () => Promise<void>;
}

/** The bank is told of a log-out for this long before the page forgets him anyway. */
const SIGN_OUT_MS = 3_000;

const Context = createContext<Session | undefined>(undefined);

const WORLD: World = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  random: () => Math.floor(Math.random() * 1_000),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  online: () => navigator.onLine,
};

export function SessionProvider({ start, children }: { start: Start; children: ReactNode }) {
  const { shelf } = start;
  const [profile, setProfile] = useState(start.profile);
  const [ended, setEnded] = useState(false);
  const [epoch, setEpoch] = useState(0);
  const [move, setMove] = useState(start.move);
  const fixed = useMemo(() => {
    let at = start.place?.session;
    const moved = (to: string | undefined) => {
      if (to !== undefined && at !== undefined && to !== at) {
        const move: Move = { from: at, to, at: new Date(WORLD.now()).toISOString() };
        void shelf.put('notes', 'move', move);
        setMove(move);
      }
      at = to;
    };
    const client = new Client({
      world: WORLD,
      routers: ['', ...otherRouters(start.bootstrap.routers)],
      place: start.place,
      onPlace: (place) => {
        void (place ? shelf.put('notes', 'place', place) : shelf.remove('notes', 'place'));
        moved(place?.session);
      },
      onSessionEnd: () => setEnded(true),
    });
    void start.latest.then(({ routers }) => client.knows(['', ...otherRouters(routers)]));
    window.addEventListener('online', () => client.wake());
    const bank = new Bank(client);
    const orders = new Orders(bank, shelf, newKey, WORLD.now);
    return { client, bank, orders };
  }, [shelf, start]);

  const opened = useCallback(
    (profile: Profile) => {
      void shelf.put('notes', 'profile', profile).then(() => {
        tell({ is: 'opened', owner: profile.owner });
      });
      // A login is no move: what was before it is in the list of operations.
      void shelf.remove('notes', 'move');
      setMove(undefined);
      setProfile(profile);
      setEnded(false);
      setEpoch((n) => n + 1);
    },
    [shelf],
  );
  const signOut = useCallback(async () => {
    const told = fixed.bank.endThisSession();
    const enough = new Promise((resolve) => setTimeout(resolve, SIGN_OUT_MS));
    try {
      await Promise.race([told, enough]);
    } finally {
      // Even if the bank cannot be told: this page must not go on showing his money.
      fixed.client.forget();
      await shelf.remove('notes', 'profile');
      setProfile(undefined);
      setEnded(false);
      tell({ is: 'closed' });
    }
  }, [fixed, shelf]);
  const owner = profile?.owner;
  useEffect(() => {
    if (owner === undefined) return;
    const follow = (who: string | undefined) => {
      if (who === owner) {
        setEnded(false);
        setEpoch((n) => n + 1);
        // The cookie is somebody else's now: nothing of the one before may stay in sight.
      } else if (who !== undefined) window.location.replace('/');
      else {
        fixed.client.forget();
        setProfile(undefined);
        setEnded(false);
      }
    };
    const stop = listen((news) => follow(news.is === 'opened' ? news.owner : undefined));
    // A tab that slept may have missed it.
    const seen = async () => {
      if (document.hidden) return;
      const kept = await shelf.get<Profile>('notes', 'profile');
      if (kept?.owner !== owner) follow(kept?.owner);
    };
    const look = () => void seen();
    document.addEventListener('visibilitychange', look);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', look);
    };
  }, [owner, fixed, shelf]);
  const retry = useCallback(() => setEpoch((n) => n + 1), []);
  const { bootstrap } = start;
  const value = { ...fixed, bootstrap, move, profile, ended, epoch, retry, opened, signOut };
  return <Context value={value}>{children}</Context>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('no session around this');
  return session;
}

/** 128 random bits. Not `randomUUID`: some browsers have that on https pages only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
