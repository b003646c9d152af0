// Answers with photos: chosen by their pictures, seen on a map although something else is sealed, and taken along as
// one file; and the ways to one's own answers, which are the first things under "Me".

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { faults, launch, open, picture, visit } from './page.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const rules = Object.fromEntries(['relevant', 'required_if', 'constraint', 'calculation', 'trigger', 'default', 'read_only', 'choice_filter', 'repeat_count'].map((one) => [one, '']));

/** Plays it; gives how many files the archive has. */
export async function take(amina, space, complaints, ends) {
  await amina.call('set_profile', { name: null, language: 'en', settings: null });
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, PHONE);
  const folder = mkdtempSync(join(tmpdir(), 'majlis-taken-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const shot = join(folder, 'shot.png');
  writeFileSync(shot, await page.screenshot());
  const photo = await amina.call('keep_photo', { space, path: shot });

  const option = (id, label) => ({
    id, label,
    details: { name: `o${id}`, label: {}, media: [{ kind: 'image', language: '', file: `${id}.png`, blob: photo.preview }], properties: {} },
  });
  const question = (label, kind) => ({ id: '', label, hint: '', required: false, kind, details: null });
  const questions = [
    question('Where from?', { type: 'single_choice', options: ['Well', 'Tap', 'Truck', 'River'].map((label, at) => option(at + 1, label)) }),
    question('Where is it?', { type: 'place' }),
    question('The pump', { type: 'photo' }),
    question('Who was ill?', { type: 'text' }),
  ];
  const draft = { title: 'Pumps', description: '', audience: '', stage: 'consult', questions, activity: null };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  const { questions: sealable, keepers } = await amina.call('seal_choices', { space, consultation });
  const ill = sealable.find(({ label }) => label === 'Who was ill?').question;
  await amina.call('open_sealed', { space, consultation, questions: [ill], keepers: [keepers.find(({ me }) => me).device], threshold: 1 });
  const { form } = await amina.call('consultation', { space, consultation });
  const [from, where, pump] = form.questions.map(({ id }) => id);
  const place = { latitude: '33.5138', longitude: '36.2765', altitude: '', accuracy: '4.5' };
  const answers = [
    { question: from, value: { type: 'choices', value: [1] } },
    { question: where, value: { type: 'place', value: place } },
    { question: pump, value: { type: 'photo', value: photo } },
    { question: ill, value: { type: 'text', value: 'Nobody' } },
  ];
  await amina.call('respond', { space, consultation, answers, assisted: { mode: 'spoken', consent: true, note: '' }, slot: null });

  const at = `#/space/${space}/consultation/${consultation}`;
  await pictures(page, `${at}/answer`);

  await visit(page, `${at}/results`);
  await page.locator('.ground svg[role=img]').waitFor();
  await page.getByText('Take the answers along').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Write photos and sounds' }).click()]);
  await page.getByText(/1.? photo or sound/u).waitFor();
  const path = join(folder, 'taken.zip');
  await download.saveAs(path);
  const names = listed(readFileSync(path));
  assert.equal(names.length, 1);
  const csv = join(folder, 'taken.csv');
  const written = await amina.call('export_answers', { space, consultation, format: 'csv', path: csv });
  // The table has the name of the file, with its ending.
  assert.match(names[0], /^.+\.jpg$/u);
  assert.ok(readFileSync(csv, 'utf8').includes(names[0]), `${names[0]} is named in the export`);
  assert.deepEqual(written.paths.map((one) => one.split('taken.')[1]), ['csv', 'dictionary.csv', 'provenance.csv']);
  assert.deepEqual(await faults(page), [], 'taking along');

  const rows = page.locator('main li a');
  for (const [row, hash, title] of [[0, '#/mine', 'What is held about me'], [1, '#/claim', 'My receipt']]) {
    await visit(page, '#/me');
    await rows.nth(row).click();
    await page.waitForFunction((wanted) => window.location.hash === wanted, hash);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  }
  return names.length;
}

/** On a phone two options stand beside each other, each with its picture in its own frame. */
async function pictures(page, place) {
  await visit(page, place);
  await page.getByRole('img', { name: 'River' }).waitFor();
  const boxes = await page.evaluate(() =>
    [...document.querySelectorAll('.option')].map((frame) => {
      const [own, shown] = [frame.getBoundingClientRect(), frame.querySelector('img').getBoundingClientRect()];
      return { top: own.top, bottom: own.bottom, inside: shown.top >= own.top && shown.bottom <= own.bottom, above: shown.bottom <= frame.querySelector('label').getBoundingClientRect().top };
    }),
  );
  assert.equal(boxes.length, 4);
  assert.ok(boxes.every(({ inside, above }) => inside && above), 'a picture is in the frame of its option, above its words');
  assert.equal(boxes[0].top, boxes[1].top, 'two beside each other');
  assert.ok(boxes[3].bottom - boxes[0].top < 560, 'all four on one screen');
  assert.deepEqual(await faults(page), [], 'options with pictures');
  await picture(page, 'pictures');
}

/** The names in an archive, by its own list at the end. */
function listed(bytes) {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const names = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [named, extra, said] = [28, 30, 32].map((of) => bytes.readUInt16LE(at + of));
    names.push(bytes.toString('utf8', at + 46, at + 46 + named));
    at += 46 + named + extra + said;
  }
  return names;
}
