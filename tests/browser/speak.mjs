// Answering by speaking: the browser gives plain samples of a microphone that beeps, and what is kept is Opus, small, and plays.

import assert from 'node:assert/strict';

import { faults, launch, open, picture, visit } from './page.mjs';
import { until } from './replica.mjs';

/** So long is spoken, in milliseconds, and so many bytes a second are the most that is kept of it. */
const SPOKEN = 3_000;
const MOST = 1_600;

export async function speak(amina, space, complaints, ends) {
  const browser = await launch(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, { viewport: { width: 360, height: 740 } });
  const question = { id: '', label: 'Tell us about the well', hint: '', required: false, kind: { type: 'sound' }, details: null };
  const draft = { title: 'Said, not written', description: '', audience: '', stage: 'consult', questions: [question], activity: null };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  await amina.call('open_consultation', { space, consultation });
  await visit(page, `#/space/${space}/consultation/${consultation}/answer`);
  // What the page plays, as it came from the node: its policy lets nobody fetch it.
  await page.evaluate(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      window.made = blob;
      return make.call(URL, blob);
    };
  });
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  const stop = page.getByRole('button', { name: 'Stop' });
  await stop.waitFor();
  await page.waitForTimeout(SPOKEN);
  assert.deepEqual(await faults(page), [], 'while it is recorded');
  await stop.click();
  const audio = page.locator('audio');
  await audio.waitFor();
  await until('it can be played', () => audio.evaluate((one) => one.duration > 0));
  const heard = await page.evaluate(async () => {
    const bytes = await window.made.arrayBuffer();
    const size = bytes.byteLength;
    const kind = new TextDecoder().decode(bytes.slice(0, 4));
    const sound = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes);
    const loudest = sound.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return { size, kind, seconds: sound.duration, loudest };
  });
  assert.equal(heard.kind, 'OggS');
  assert.ok(heard.seconds >= SPOKEN / 1_000, `${heard.seconds} seconds are there`);
  assert.ok(heard.size < 600 + heard.seconds * MOST, `${heard.size} bytes for ${heard.seconds} seconds`);
  assert.ok(heard.loudest > 0.05, `the beeps are as loud as ${heard.loudest}`);
  await picture(page, 'spoken');
  return heard;
}
