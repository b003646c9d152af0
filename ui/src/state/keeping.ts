// What is being kept right now, photos and sounds: nothing is handed in before it is.

const now = new Set<Promise<unknown>>();

/** Says that something is being kept until this is done. */
export function keeping<T>(deed: Promise<T>): Promise<T> {
  const done = deed.finally(() => now.delete(done));
  now.add(done);
  return done;
}

/** When nothing is being kept any more, whatever became of it. */
export async function allKept(): Promise<void> {
  while (now.size > 0) await Promise.allSettled(now);
}
