// What a page says, whatever digits it says it in.

/** Digits and lines as a program compares them. */
export function plain(text) {
  return text
    .replace(/[٠-٩]/gu, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll('٫', '.')
    .replace(/[\u2066-\u2069\u200e\u200f]/gu, '')
    .replace(/\s*\n\s*/gu, '\n');
}

/** Waits until the page says the words. */
export async function reads(hands, words) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (plain(await hands.run(() => document.body.innerText)).includes(words)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the page does not say “${words}”\n--- instead:\n${plain(await hands.describe())}`);
}
