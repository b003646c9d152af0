// What is being kept right now, photos, sounds and drawings: nothing is handed in before it is.

import type { ApiError } from '../bindings/ApiError';

interface Told {
  /** Ends what it waits for, a hand that may go on drawing. */
  hurry?: () => void;
  /** The field that it was given in. */
  at?: Element | undefined;
  /** Why it was not kept. */
  error?: () => ApiError | undefined;
}

/** Something that could not be kept. */
export interface Lost {
  /** The question that it answers. */
  path: string | undefined;
  error: ApiError | undefined;
  /** Whether its field is on the screen and says so. */
  told: boolean;
}

/** Each deed, with what is known of it. */
const now = new Map<Promise<unknown>, Told & { path: string | undefined }>();
/** What tries again to keep what is still there. */
const again = new Set<() => void>();

/** Says that something is being kept until this is done. */
export function keeping<T>(deed: Promise<T>, told: Told = {}): Promise<T> {
  const done = deed.finally(() => now.delete(done));
  now.set(done, { ...told, path: told.at?.closest<HTMLElement>('[data-path]')?.dataset['path'] });
  return done;
}

/** Says that something could not be kept that can be tried again, which is done before anything is handed in, until what this answers is called. */
export function toTry(deed: () => void): () => void {
  again.add(deed);
  return () => again.delete(deed);
}

/** When nothing is being kept any more, at once where only a hand is waited for: what could not be. */
export async function unkept(): Promise<Lost[]> {
  const lost: Lost[] = [];
  for (const deed of [...again]) deed();
  while (now.size > 0) {
    for (const { hurry } of now.values()) hurry?.();
    const deeds = [...now];
    const became = await Promise.allSettled(deeds.map(([deed]) => deed));
    for (const [place, [, { path, at, error }]] of deeds.entries()) {
      const one = became[place];
      if (one?.status === 'fulfilled' && one.value !== false) continue;
      lost.push({ path, error: error?.(), told: at?.isConnected === true });
    }
  }
  return lost;
}

/** Whether all of it was kept. */
export async function allKept(): Promise<boolean> {
  return (await unkept()).length === 0;
}
