// Two browsers on two nodes write in one text, and every main screen is clean for assistive
// technology. Usage: node run.mjs path/to/majlis

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { faults, launch, open, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

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

  await writeTogether(amina, bilal, space, document);
  console.log('Two browsers wrote in one text and show the same.');

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
    await until('both texts are in both editors', async () => (await editor.innerText()).trim() === expected);
  }
  // What the nodes hold is what the editors show.
  for (const replica of [amina, bilal]) {
    await until('both nodes hold the text', async () => {
      const opened = await replica.call('open_document', { space, document });
      await replica.call('close_document', { editor: opened.editor });
      return JSON.stringify(opened.blocks).includes('Amina, who keeps the minutes.');
    });
  }
}

/** Every main screen, in English on a wide light screen and in Arabic on a narrow dark one. */
async function look(replica, space, document) {
  const sample = await replica.call('sample_space');
  const places = ['now', 'spaces', 'add', 'me', 'search', 'found', 'join', 'carry']
    .map((page) => `#/${page}`)
    .concat([`#/space/${space}`, `#/space/${space}/document/${document}`, `#/space/${space}/document/${document}/history`])
    .concat(['ask', 'write', 'members', 'invite', 'sync', 'aside', 'recover'].map((page) => `#/space/${space}/${page}`));
  const consultations = await replica.call('consultations', { space: sample.space });
  for (const { consultation } of consultations) {
    for (const page of ['', '/answer', '/assist', '/results', '/responses']) {
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
