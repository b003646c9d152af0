// Results that are places: a map with no server behind it, the answers under a touch, squares for a wall, and who
// answered beside a census from a file.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';

const question = (label, kind) => ({ id: '', label, hint: '', required: false, kind });

/** Seventy houses in three hamlets, and one slip of a finger in another country. */
export async function ground(replica, space, complaints, ends) {
  await replica.call('set_profile', { name: null, language: 'en', settings: null });
  const options = ['Tap', 'Well', 'Spring'].map((label, at) => ({ id: at + 1, label }));
  const draft = {
    title: 'Where is water missing?',
    description: '',
    audience: '',
    stage: 'consult',
    questions: [question('Where is your house?', { type: 'place' }), question('What do you use?', { type: 'single_choice', options })],
  };
  const { consultation } = await replica.call('new_consultation', { space, draft });
  await replica.call('open_consultation', { space, consultation });
  const { form } = await replica.call('consultation', { space, consultation });
  const [where, what] = form.questions.map((one) => one.id);
  for (let at = 0; at < 70; at += 1) {
    const hamlet = at % 3;
    const place = at === 50 ? ['10.2', '3.4'] : [(33.51 + hamlet * 0.03 + (at % 7) * 0.0004).toFixed(4), (36.27 - hamlet * 0.02 + (at % 5) * 0.0004).toFixed(4)];
    const answers = [
      { question: where, value: { type: 'place', value: { latitude: place[0], longitude: place[1], altitude: '', accuracy: '' } } },
      { question: what, value: { type: 'choices', value: [at < 60 ? 1 : 2] } },
    ];
    await replica.call('respond', { space, consultation, answers, assisted: { mode: 'spoken', consent: true, note: '' }, slot: null });
  }

  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, replica.url, complaints);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).origin));
  await visit(page, `#/space/${space}/consultation/${consultation}/results`);
  const map = page.locator('.ground svg[role=img]');
  await map.waitFor();
  await map.getByText(/place is not in this picture/u).waitFor();
  await page.getByLabel('Colour by').selectOption({ label: 'What do you use?' });
  await map.getByText('Well', { exact: true }).waitFor();
  const disc = map.locator('circle[data-pick*=","]').first();
  const members = (await disc.getAttribute('data-pick')).split(',').length;
  await disc.click();
  await page.getByRole('heading', { name: new RegExp(`${members}.*here`, 'u') }).waitFor();
  assert.equal(await page.locator('section[aria-live] > ul > li').count(), Math.min(20, members));
  assert.deepEqual(await faults(page), [], 'the map');

  // For a wall the page is given no place at all.
  // An answer to the colouring may still be on its way: only the one that leaves small numbers out is looked at.
  const told = page.waitForResponse((response) => /"ground".*"least":[1-9]/u.test(response.request().postData() ?? ''));
  await page.getByLabel(/For a wall: leave out places/u).check();
  const view = await (await told).json();
  assert.equal(view.points.length, 0);
  assert.ok(view.cells.length > 0 && view.cells.every((cell) => cell.count >= 5));
  await page.getByText(/answer is not shown for that reason/u).waitFor();

  await page.getByText('Who answered, and who lives here').click();
  const table = { name: 'census.csv', mimeType: 'text/csv', buffer: Buffer.from('Source;People\nTap;5000\nwell;4 000\nSpring;1000\nRiver;12\n') };
  await page.locator('input[type=file][accept*=csv]').setInputFiles(table);
  await page.getByText(/groups were read from the file/u).waitFor();
  await page.getByText(/Line .*5.*: .*River/u).waitFor();
  const compared = page.locator('details', { hasText: 'Who answered, and who lives here' }).locator('svg[role=img]');
  await compared.getByText(/Heard more than its share: .*86/u).waitFor();
  await compared.getByText(/Heard less than its share: .*14/u).waitFor();
  await compared.getByText(/Heard less than its share: .*0.*%.* of those/u).waitFor();
  assert.deepEqual(await faults(page), [], 'the comparison');
  assert.deepEqual([...new Set(asked)], [new URL(replica.url).origin], 'nothing is asked of anybody else');
}
