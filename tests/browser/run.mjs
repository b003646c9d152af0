// Two browsers on two nodes write in one text, vote and count again, and every main screen is clean for assistive
// technology. Usage: node run.mjs path/to/majlis

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { again } from './again.mjs';
import { aloud } from './aloud.mjs';
import { boxes } from './boxes.mjs';
import { build } from './build.mjs';
import { card } from './card.mjs';
import { claim } from './claim.mjs';
import { day } from './day.mjs';
import { divide } from './divide.mjs';
import { erase } from './erase.mjs';
import { field } from './field.mjs';
import { fill } from './fill.mjs';
import { ground } from './ground.mjs';
import { key } from './key.mjs';
import { faults, launch, open, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';
import { report } from './report.mjs';
import { seal } from './seal.mjs';
import { secret } from './secret.mjs';
import { slips } from './slips.mjs';
import { speak } from './speak.mjs';
import { take } from './take.mjs';
import { talk } from './talk.mjs';
import { twice } from './twice.mjs';
import { vote } from './vote.mjs';

const program = resolve(process.argv[2] ?? 'target/debug/majlis');
const pages = fileURLToPath(new URL('../../ui/dist', import.meta.url));
const complaints = [];
const ends = [];

try {
  const amina = await Replica.start(program, pages, 'Amina');
  ends.push(() => amina.stop());
  const bilal = await Replica.start(program, pages, 'Bilal');
  ends.push(() => bilal.stop());
  const { space, document } = await meet(amina, bilal);
  console.log('Two nodes have met.');

  const wrong = await key(amina, complaints, ends);
  console.log(`${wrong} addresses without the key said so, and the right one opened in the same tab.`);

  const editors = await writeTogether(amina, bilal, space, document);
  console.log('Two browsers wrote in one text and show the same.');

  await seeEachOther(amina, editors);
  console.log('Each saw where the other is, and when they left.');

  const hash = await vote(amina, bilal, space, complaints, ends);
  console.log(`A vote that was started in the page counts to ${hash.slice(0, 16)} on two devices.`);

  await report(amina, bilal, space, complaints, ends);
  console.log('Who answered reads in the page what became of it.');

  await seal(amina, bilal, space, complaints, ends);
  console.log('What was sealed in the page is read by who was named, together.');

  const code = await fill(amina, space, complaints, ends);
  console.log(`A form with conditions was filled in for somebody, through a killed page, to the receipt ${code}.`);

  await claim(amina, bilal, space, code, complaints, ends);
  console.log('The holder of the receipt claimed it on another device, and took it back.');

  await erase(amina, bilal, space, complaints, ends);
  console.log('Who asked to have an answer deleted reads what the office replied.');

  await ground(amina, space, complaints, ends);
  console.log('Places are on a map that asks nobody else, and who answered is beside a census.');

  await divide(amina, space, complaints, ends);
  console.log('What each group answered is told, and nobody is singled out.');

  await build(amina, space, complaints, ends);
  console.log('A form was built by picking, tried, and asks only what its conditions say.');

  await field(program, pages, complaints, ends);
  console.log('Five people were asked in Arabic, one through a power cut; who held a receipt corrected it, and the spreadsheet agrees.');

  await aloud(amina, space, complaints, ends);
  console.log('Questions were read aloud, and their options, when somebody wanted it.');

  const { size, seconds } = await speak(amina, space, complaints, ends);
  console.log(`What was spoken for ${seconds.toFixed(1)} s is kept in ${size} bytes, and plays.`);

  const files = await take(amina, space, complaints, ends);
  console.log(`Options were chosen by pictures, and ${files} photo was taken along with the answers.`);

  const slowest = await day(amina, space, complaints, ends);
  console.log(`At two hundred people in a day the slowest screen took ${Math.max(...Object.values(slowest))} ms.`);

  const drawn = await again(program, pages, complaints, ends);
  console.log(`${drawn} people were drawn, and asked again by another officer.`);

  const used = await slips(amina, bilal, space, complaints, ends);
  console.log(`${used} printed slips voted, one of them on two devices in vain.`);

  const totals = await secret(amina, bilal, space, complaints, ends, program, pages);
  console.log(`A secret vote, whose key three devices made by being together, opens to ${totals}.`);
  await amina.call('set_profile', { name: null, language: 'en', settings: null });

  const same = await boxes(program, pages, complaints, ends);
  console.log(`Ballot boxes were sealed, signed and joined to ${same.slice(0, 16)}, and a second closing raised the alarm.`);

  const carried = await card(program, pages, complaints, ends);
  if (carried !== undefined) console.log(`${carried} spaces went along on a memory card, and none was left while its work was nowhere else.`);

  const groups = await talk(program, pages, complaints, ends);
  console.log(`A conversation has ${groups} groups on the map, and its ideas became a budget.`);

  const closings = await twice(program, pages, complaints, ends);
  console.log(`A secret vote that was closed ${closings} times keeps the result that is known, and says so.`);

  const looked = await look(amina, space, document);
  console.log(`${looked} screens are clean by axe.`);
  assert.deepEqual(complaints, [], 'the pages complained');
} finally {
  for (const end of ends.reverse()) await end();
}

/** Amina founds a space and begins a text; Bilal joins with her ticket and has it. */
async function meet(amina, bilal) {
  const { space } = await amina.call('found_space', {
    name: 'Ain Safa',
    purpose: 'Water and roads',
    charter: 'Everyone may take part.',
  });
  const { document } = await amina.call('new_document', { space, title: 'Minutes', text: 'Present:' });
  const { ticket } = await amina.call('invite', { space, rank: 'member', uses: 1, label: '' });
  await bilal.call('join', { ticket });
  await until('the text is on the second node', async () => {
    const documents = await bilal.call('documents', { space });
    return documents.some((one) => one.document === document);
  });
  return { space, document };
}

/** Both type at once, at the two ends of the text; both end with the same. */
async function writeTogether(amina, bilal, space, document) {
  const editors = [];
  for (const replica of [amina, bilal]) {
    const browser = await launch();
    ends.push(() => browser.close());
    const page = await open(browser, replica.url, complaints);
    await visit(page, `#/space/${space}/document/${document}`);
    const editor = page.locator('[contenteditable="true"]').first();
    await until('the text is in the editor', async () => (await editor.innerText()).includes('Present:'));
    editors.push({ page, editor });
  }
  const [one, other] = editors;
  await one.editor.click();
  await one.page.keyboard.press('Control+End');
  await other.editor.click();
  await other.page.keyboard.press('Control+Home');
  await Promise.all([
    one.page.keyboard.type(' Amina, who keeps the minutes.', { delay: 30 }),
    other.page.keyboard.type('مجلس عين صافا. ', { delay: 60 }),
  ]);
  const expected = 'مجلس عين صافا. Present: Amina, who keeps the minutes.';
  for (const { editor } of editors) {
    await until('both texts are in both editors', async () => (await textOf(editor)).trim() === expected);
  }
  // What the nodes hold is what the editors show.
  for (const replica of [amina, bilal]) {
    await until('both nodes hold the text', async () => {
      const opened = await replica.call('open_document', { space, document });
      await replica.call('close_document', { editor: opened.editor });
      return JSON.stringify(opened.blocks).includes('Amina, who keeps the minutes.');
    });
  }
  return editors;
}

/** What an editor shows of the text itself, without the names at others' carets. */
function textOf(editor) {
  return editor.evaluate((text) => {
    const copy = text.cloneNode(true);
    for (const name of copy.querySelectorAll('.other-name')) name.remove();
    return copy.textContent;
  });
}

/** The letters before somebody else's caret, as the page shows it. */
function otherCaret(editor) {
  return editor.evaluate((text) => {
    const caret = text.querySelector('.other-caret');
    if (caret === null) return null;
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEndBefore(caret);
    return { before: range.toString().slice(-6), name: caret.querySelector('.other-name').textContent };
  });
}

/** Names above the text and carets in it, at their letters, in time, and gone with whoever leaves. */
async function seeEachOther(replica, [one, other]) {
  const status = ({ page }) => page.locator('.here').innerText();
  await until('Amina is told of Bilal', async () => /Bilal.* is here/u.test(await status(one)));
  await until('Bilal is told of Amina', async () => /Amina.* is here/u.test(await status(other)));
  await until('Bilal sees where Amina stopped', async () => {
    const caret = await otherCaret(other.editor);
    return caret?.name === 'Amina' && caret.before === 'nutes.';
  });
  // Bilal stopped behind what he wrote; Amina writes on, and his caret stays there.
  await until('Amina sees where Bilal stopped', async () => (await otherCaret(one.editor))?.before === 'صافا. ');
  assert.deepEqual((await faults(one.page)).concat(await faults(other.page)), [], 'axe found faults beside a caret');

  // From the key to the other screen, with the caret of the page that shows it at its letter.
  const took = [];
  for (const key of '1234567') {
    const began = Date.now();
    await one.page.keyboard.type(key);
    const shown = `minutes.${'1234567'.slice(0, Number(key))}`;
    await until('a key is on the other screen', async () => (await textOf(other.editor)).includes(shown), 20);
    took.push(Date.now() - began);
  }
  took.sort((a, b) => a - b);
  console.log(`From a key to the other screen: ${took.join(', ')} ms.`);
  assert.ok(took[3] < 2_000, 'words are on the other screen within two seconds');
  assert.equal((await otherCaret(one.editor)).before, 'صافا. ');

  // A selection is shaded.
  await one.page.keyboard.press('Shift+Home');
  await until('Bilal sees what Amina selected', async () => (await other.editor.locator('.other-selection').count()) > 0);
  // Who is told nothing is shown nothing, and comes back when they choose so.
  await replica.call('set_profile', { presence: false });
  await until('Bilal sees nobody', async () => (await status(other)) === '' && (await otherCaret(other.editor)) === null);
  await until('Amina sees nobody', async () => (await status(one)) === '');
  await replica.call('set_profile', { presence: true });
  await until('Bilal sees Amina again', async () => /Amina/u.test(await status(other)));
  // And whoever leaves is gone.
  await visit(one.page, '#/now');
  await until('Bilal sees that Amina left', async () => (await status(other)) === '' && (await otherCaret(other.editor)) === null);
}

/** Every main screen, in English on a wide light screen and in Arabic on a narrow dark one. */
async function look(replica, space, document) {
  const sample = await replica.call('sample_space');
  const places = ['now', 'spaces', 'add', 'me', 'mine', 'search', 'found', 'join', 'carry', 'claim']
    .map((page) => `#/${page}`)
    .concat([`#/space/${space}`, `#/space/${space}/document/${document}`, `#/space/${space}/document/${document}/history`])
    .concat(['ask', 'write', 'members', 'invite', 'sync', 'aside', 'recover', 'requests'].map((page) => `#/space/${space}/${page}`));
  const consultations = await replica.call('consultations', { space: sample.space });
  for (const { consultation } of consultations) {
    for (const page of ['', '/answer', '/assist', '/results', '/responses', '/report', '/sort']) {
      places.push(`#/space/${sample.space}/consultation/${consultation}${page}`);
    }
  }
  const found = [];
  const browser = await launch();
  ends.push(() => browser.close());
  const looks = [
    { language: 'en', options: { viewport: { width: 1100, height: 800 }, colorScheme: 'light' } },
    { language: 'ar', options: { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } },
  ];
  for (const { language, options } of looks) {
    await replica.call('set_profile', { name: null, language, settings: null });
    const page = await open(browser, replica.url, complaints, options);
    for (const place of places) {
      await visit(page, place);
      found.push(...(await faults(page)).map((fault) => `${language} ${place}: ${fault}`));
    }
  }
  assert.deepEqual(found, [], 'axe found faults');
  return places.length * looks.length;
}
