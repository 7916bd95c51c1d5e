/**
 * What survives a reload or a killed tab. Two shelves in IndexedDB: orders whose fate is not known
 * yet, and a handful of notes (which block, whose name to greet). Never a password, a code or a
 * session: the session is a cookie that no script can read.
 */
export interface Shelf {
  get<T>(shelf: ShelfName, key: string): Promise<T | undefined>;
  all<T>(shelf: ShelfName): Promise<T[]>;
  /** Resolves when it is on disk. */
  put(shelf: ShelfName, key: string, value: unknown): Promise<void>;
  remove(shelf: ShelfName, key: string): Promise<void>;
}

export type ShelfName = 'orders' | 'notes';

const SHELVES: ShelfName[] = ['orders', 'notes'];

/** The browser's; where it has none (a private window), one that lasts as long as the page. */
export async function openShelf(name = 'bulkhead'): Promise<Shelf> {
  try {
    return inDatabase(await open(name));
  } catch {
    return inMemory();
  }
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const shelf of SHELVES) request.result.createObjectStore(shelf);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no database'));
    request.onblocked = () => reject(new Error('the database is held by an older page'));
  });
}

function inDatabase(db: IDBDatabase): Shelf {
  const read = <T>(shelf: ShelfName, ask: (store: IDBObjectStore) => IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      const request = ask(db.transaction(shelf, 'readonly').objectStore(shelf));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('not read'));
    });
  const write = (shelf: ShelfName, change: (store: IDBObjectStore) => void) =>
    new Promise<void>((resolve, reject) => {
      const tx = db.transaction(shelf, 'readwrite', { durability: 'strict' });
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error ?? new Error('not written'));
      change(tx.objectStore(shelf));
    });
  return {
    get: <T>(shelf: ShelfName, key: string) =>
      read(shelf, (store) => store.get(key)) as Promise<T | undefined>,
    all: <T>(shelf: ShelfName) => read(shelf, (store) => store.getAll()) as Promise<T[]>,
    put: (shelf, key, value) => write(shelf, (store) => store.put(value, key)),
    remove: (shelf, key) => write(shelf, (store) => store.delete(key)),
  };
}

export function inMemory(): Shelf {
  const shelves = { orders: new Map<string, unknown>(), notes: new Map<string, unknown>() };
  return {
    get: <T>(shelf: ShelfName, key: string) =>
      Promise.resolve(shelves[shelf].get(key) as T | undefined),
    all: <T>(shelf: ShelfName) => Promise.resolve([...shelves[shelf].values()] as T[]),
    put: (shelf, key, value) => {
      shelves[shelf].set(key, structuredClone(value));
      return Promise.resolve();
    },
    remove: (shelf, key) => {
      shelves[shelf].delete(key);
      return Promise.resolve();
    },
  };
}
