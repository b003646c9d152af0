// Asking, on one device, to have an answer deleted; the office refuses with a reason on another; the person reads it.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

export async function erase(amina, bilal, space, complaints, ends) {
  for (const replica of [amina, bilal]) await replica.call('set_profile', { name: null, language: 'en', settings: null });
  const draft = { title: 'A well survey', description: '', audience: '', stage: 'consult', questions: [{ id: '', label: 'Where?', hint: '', required: false, kind: { type: 'text' } }] };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  await amina.call('open_consultation', { space, consultation });
  const view = await until('the questions are there', () => bilal.call('consultation', { space, consultation }));
  const answers = [{ question: view.form.questions[0].id, value: { type: 'text', value: 'By the mill' } }];
  await bilal.call('respond', { space, consultation, answers, assisted: null, slot: null });

  const browser = await launch();
  ends.push(() => browser.close());
  const person = await open(browser, bilal.url, complaints, { viewport: { width: 360, height: 740 } });
  await visit(person, '#/mine');
  await person.getByRole('button', { name: 'Ask to have it deleted: A well survey' }).click();
  await person.locator('dialog textarea').fill('I moved away');
  await person.locator('dialog button[type=submit]').click();
  await person.getByText('nobody replied yet').waitFor();
  assert.deepEqual(await faults(person), [], 'what is held');

  await until('the request is with the office', async () => (await amina.call('erasure_requests', { space })).open === 1);
  const office = await open(browser, amina.url, complaints);
  await office.getByText('Somebody asks to have something deleted').waitFor();
  assert.deepEqual(await faults(office), [], 'now, where somebody waits');
  await visit(office, `#/space/${space}/requests`);
  await office.getByText('I moved away').waitFor();
  assert.deepEqual(await faults(office), [], 'requests');
  await office.getByRole('button', { name: 'Refuse', exact: true }).click();
  assert.ok(await office.locator('dialog button[type=submit]').isDisabled(), 'a refusal needs a reason');
  await office.locator('dialog textarea').fill('It is counted and published.');
  await office.locator('dialog button[type=submit]').click();
  await office.getByText('Asked to be deleted: refused').waitFor();
  await person.getByText('It is counted and published.').waitFor();
  await person.getByRole('button', { name: 'Ask again: A well survey' }).waitFor();

  // Of a text that somebody wrote in, too.
  const { document } = await bilal.call('new_document', { space, title: 'What my uncle owes', text: 'Forty.' });
  await person.getByRole('button', { name: 'Ask to have it deleted: What my uncle owes' }).click();
  await person.locator('dialog textarea').fill('The forty');
  await person.locator('dialog button[type=submit]').click();
  await until('the office hears of the text', async () => (await amina.call('erasure_requests', { space })).requests.some((one) => one.document === document));
  await office.getByText('The forty').waitFor();
  await office.getByRole('link', { name: 'What my uncle owes' }).waitFor();
  assert.deepEqual(await faults(office), [], 'requests about texts');
  const asked = office.getByRole('listitem').filter({ hasText: 'The forty' });
  await asked.getByRole('button', { name: 'It is done', exact: true }).click();
  await office.locator('dialog textarea').fill('We went on in a new text.');
  await office.locator('dialog button[type=submit]').click();
  await person.getByText('We went on in a new text.').waitFor();
}
