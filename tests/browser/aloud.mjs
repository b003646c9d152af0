// For who does not read: each question plays its recording when it comes, then those of its options, and stops when somebody goes on;
// an option is chosen by touching its picture.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };

/** A recording of half a second, as this browser makes it; `pitch` tells one from another. */
function record(page, pitch) {
  return page.evaluate(async (hertz) => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: hertz });
    const to = context.createMediaStreamDestination();
    tone.connect(to);
    tone.start();
    const recorder = new MediaRecorder(to.stream, { mimeType: 'audio/webm;codecs=opus' });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.start();
    await new Promise((done) => setTimeout(done, 500));
    recorder.stop();
    await stopped;
    await context.close();
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  }, pitch);
}

export async function aloud(amina, space, complaints, ends, picture = () => Promise.resolve()) {
  await amina.call('set_profile', { name: null, language: 'ar', settings: null });
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, PHONE);
  const folder = mkdtempSync(join(tmpdir(), 'majlis-said-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const kept = [];
  for (const pitch of [220, 330, 440]) {
    const path = join(folder, `${pitch}.webm`);
    writeFileSync(path, Buffer.from(await record(page, pitch), 'base64'));
    kept.push((await amina.call('keep_sound', { space, path })).sound);
  }
  const pictured = join(folder, 'tap.png');
  writeFileSync(pictured, await page.screenshot());
  const { full } = await amina.call('keep_photo', { space, path: pictured });
  const medium = (blob) => ({ kind: 'audio', language: '', file: `${blob.slice(0, 8)}.webm`, blob });
  const rules = Object.fromEntries(['relevant', 'required_if', 'constraint', 'calculation', 'trigger', 'default', 'read_only', 'choice_filter', 'repeat_count'].map((one) => [one, '']));
  const text = { main: '', others: {} };
  const details = (name, media) => ({
    name, part_of: null, rules, label: {}, hint: {}, guidance: text, constraint_message: text, required_message: text,
    appearance: '', media, kept: { list: '', parameters: {}, cells: {} },
  });
  const option = (id, label, media) => ({ id, label, details: { name: `o${id}`, label: {}, media: [media], properties: {} } });
  const question = (label, kind, media) => ({ id: '', label, hint: '', required: false, kind, details: media === undefined ? null : details(label, media) });
  const questions = [
    question('Water', { type: 'single_choice', options: [option(1, 'بئر', medium(kept[1])), option(2, 'شبكة', { ...medium(full), kind: 'image', file: 'tap.png' })] }, [medium(kept[0])]),
    question('Road', { type: 'text' }, [medium(kept[2])]),
  ];
  const draft = { title: 'يُقرأ بصوت', description: '', audience: '', stage: 'consult', questions, activity: null };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  await amina.call('open_consultation', { space, consultation });
  await page.evaluate(() => {
    window.played = 0;
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      this.addEventListener('ended', () => (window.played += 1), { once: true });
      return play.call(this);
    };
  });
  await visit(page, `#/space/${space}/consultation/${consultation}/answer`);
  const played = (count) => until(`${count} recordings were played`, () => page.evaluate((wanted) => window.played === wanted, count));
  const turn = page.getByRole('button', { name: 'اقرأ بصوت' });
  await turn.waitFor();
  await page.waitForTimeout(1_500);
  assert.equal(await page.evaluate(() => window.played), 0, 'nothing is played that nobody asked for');
  await turn.click();
  await played(2);
  assert.equal(await turn.getAttribute('aria-pressed'), 'true');
  assert.deepEqual(await faults(page), [], 'reading aloud');
  await picture(page, 'aloud');
  const tap = page.getByRole('radio', { name: 'شبكة' });
  assert.equal(await tap.isChecked(), false);
  await page.getByRole('img', { name: 'شبكة' }).click();
  await until('the option of the picture is chosen', () => tap.isChecked());
  await page.getByRole('button', { name: 'التالي' }).click();
  await played(3);
  await turn.click();
  await amina.call('set_profile', { name: null, language: 'en', settings: null });
}
