// What is being kept right now, photos and sounds: nothing is handed in before it is.

/** Each deed, with what tells it to wait for nothing more. */
const now = new Map<Promise<unknown>, () => void>();

/** Says that something is being kept until this is done; `hurry` ends what it waits for, a hand that may go on drawing. */
export function keeping<T>(deed: Promise<T>, hurry: () => void = () => undefined): Promise<T> {
  const done = deed.finally(() => now.delete(done));
  now.set(done, hurry);
  return done;
}

/** When nothing is being kept any more, at once where only a hand is waited for; whether all of it was. */
export async function allKept(): Promise<boolean> {
  let all = true;
  while (now.size > 0) {
    for (const hurry of now.values()) hurry();
    const became = await Promise.allSettled(now.keys());
    all &&= became.every((one) => one.status === 'fulfilled' && one.value !== false);
  }
  return all;
}
