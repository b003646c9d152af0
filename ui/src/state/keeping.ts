// What is being kept right now, photos, sounds and drawings: nothing is handed in before it is.

import { CallFailed } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import { notices } from './notices.svelte';
import { say } from './words.svelte';

interface Told {
  /** Ends what it waits for, a hand that may go on drawing. */
  hurry?: () => void;
  /** The field that it was given in. */
  at?: Element | undefined;
  /** Why it was not kept. */
  error?: () => ApiError | undefined;
  /** What is kept, where it may be tried again: the same as long as nothing was changed in it. */
  what?: () => object;
}

/** Something that could not be kept. */
export interface Lost {
  /** The question that it answers, and in which filling. */
  path: string | undefined;
  filling: string | undefined;
  error: ApiError;
  /** Whether its field is on the screen and says so. */
  told: boolean;
  what: object;
}

/** Why, where nobody knows. */
const UNKNOWN: ApiError = { code: 'storage', message: 'an answer could not be kept', detail: null };

/** Each deed, with what is known of it. */
const now = new Map<Promise<unknown>, Told & Pick<Lost, 'path' | 'filling'>>();
/** What tries again to keep what is still there. */
const again = new Set<() => void>();
/** What could not be kept, and was said. */
const said = new WeakSet<object>();

/** Says that something is being kept until this is done. */
export function keeping<T>(deed: Promise<T>, told: Told = {}): Promise<T> {
  const done = deed.finally(() => now.delete(done));
  const place = told.at?.closest<HTMLElement>('[data-path]')?.dataset;
  now.set(done, { ...told, path: place?.['path'], filling: place?.['filling'] });
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
    for (const [place, [, { path, filling, at, error, what }]] of deeds.entries()) {
      const one = became[place];
      if (one?.status === 'fulfilled' && one.value !== false) continue;
      lost.push({ path, filling, error: error?.() ?? UNKNOWN, told: at?.isConnected === true, what: what?.() ?? {} });
    }
  }
  return lost;
}

/**
 * Waits as `unkept` does: what of a filling could not be kept, until it was said once. Who knows it may go on.
 * What another filling lacks is said by the way, and holds nobody up here.
 */
export async function untold(filling: string | undefined): Promise<Lost[]> {
  const news = (await unkept()).filter(({ what }) => !said.has(what));
  for (const { what } of news) said.add(what);
  const own = news.filter((one) => one.filling === undefined || one.filling === filling);
  if (own.length < news.length) notices.say(say('fill.lost.other'));
  return own;
}

/** Fails once where something of a filling could not be kept. */
export async function kept(filling: string | undefined): Promise<void> {
  const [lost] = await untold(filling);
  if (lost !== undefined) throw new CallFailed(lost.error);
}

/** Whether all of it was kept. */
export async function allKept(): Promise<boolean> {
  return (await unkept()).length === 0;
}
