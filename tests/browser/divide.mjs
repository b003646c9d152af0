// Results by groups: a form that asks for the area and for the side somebody speaks from, taken from the library of
// questions; who is heard, and what each group answered, with nobody singled out.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';

const question = (label, kind, name = '', names = []) => ({
  id: '',
  label,
  hint: '',
  required: false,
  kind: 'options' in kind ? { ...kind, options: kind.options.map((one, at) => ({ id: at + 1, label: one, ...(names[at] && { details: { name: names[at], label: {}, properties: {}, media: [] } }) })) } : kind,
  ...(name && { details: { ...DETAILS, name } }),
});

const DETAILS = {
  name: '',
  part_of: null,
  rules: { relevant: '', required_if: '', constraint: '', calculation: '', trigger: '', default: '', read_only: '', choice_filter: '', repeat_count: '' },
  label: {},
  hint: {},
  guidance: { main: '', others: {} },
  constraint_message: { main: '', others: {} },
  required_message: { main: '', others: {} },
  appearance: '',
  media: [],
  kept: { list: '', parameters: {}, cells: {} },
};

/** Forty voices: two areas of many, one of two; citizens and an association, one authority, no business. */
export async function answered(replica, space, title, said) {
  const draft = {
    title,
    description: '',
    audience: '',
    stage: 'consult',
    questions: [
      question(said.area, { type: 'single_choice', options: said.areas }),
      question(said.actor, { type: 'single_choice', options: said.actors }, 'actor_type', ['citizen', 'social', 'private', 'government']),
      question(said.first, { type: 'single_choice', options: said.firsts }),
      question(said.more, { type: 'multiple_choice', options: said.mores, most: 0 }),
      question(said.children, { type: 'whole_number', min: null, max: null }),
      question(said.why, { type: 'text' }),
    ],
  };
  const { consultation } = await replica.call('new_consultation', { space, draft });
  await replica.call('open_consultation', { space, consultation });
  const { form } = await replica.call('consultation', { space, consultation });
  const ids = form.questions.map((one) => one.id);
  const choice = (at, option) => ({ question: ids[at], value: { type: 'choices', value: [option] } });
  for (let at = 0; at < 40; at += 1) {
    const area = at < 22 ? 1 : at < 38 ? 2 : 3;
    const actor = at === 5 ? 4 : at % 6 === 0 ? 2 : at % 11 === 0 ? undefined : 1;
    const answers = [
      choice(0, area),
      ...(actor === undefined ? [] : [choice(1, actor)]),
      choice(2, at < 18 || at % 5 === 0 ? 1 : 2),
      { question: ids[3], value: { type: 'choices', value: at % 3 === 0 ? [1, 2] : [2] } },
      { question: ids[4], value: { type: 'number', value: String(at % 5) } },
      ...(at % 4 === 0 ? [{ question: ids[5], value: { type: 'text', value: said.because } }] : []),
    ];
    await replica.call('respond', { space, consultation, answers, assisted: { mode: 'spoken', consent: true, note: '' }, slot: null });
  }
  return consultation;
}

export const ENGLISH = {
  area: 'In which area do you live?',
  areas: ['Upper village', 'Lower village', 'The farms'],
  actor: 'In which capacity do you answer?',
  actors: ['For myself', 'For an association', 'For a business', 'For an authority'],
  first: 'What comes first?',
  firsts: ['The road', 'The lamps'],
  more: 'What else is missing?',
  mores: ['Shade', 'Benches'],
  children: 'How many children?',
  why: 'Why?',
  because: 'It is dark there',
};

export async function divide(replica, space, complaints, ends) {
  await replica.call('set_profile', { name: null, language: 'en', settings: null });
  const consultation = await answered(replica, space, 'The square', ENGLISH);
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, replica.url, complaints);
  await visit(page, `#/space/${space}/consultation/${consultation}/results`);
  await page.getByRole('heading', { name: 'Who is heard' }).waitFor();
  await page.getByText(/Nobody heard yet from: .*Business/u).waitFor();
  await page.getByText(/More than half speak for: .*Citizens/u).waitFor();

  const by = page.getByLabel('Split by');
  for (const [label, told] of [
    [ENGLISH.area, [/Upper village.*22/u, /Others together.*18/u]],
    [ENGLISH.actor, [/For myself.*29/u, /Others together.*11/u]],
  ]) {
    const answer = page.waitForResponse(async (response) => response.request().postData()?.includes('"divided"') ?? false);
    await by.selectOption({ label });
    const view = await (await answer).json();
    for (const group of view.groups) assert.ok(group.voices >= 5, 'no group of few is told');
    for (const { cells } of view.questions) {
      for (const cell of cells.flat()) assert.ok(cell === null || cell === 0 || cell >= 5, 'no small number is told');
    }
    for (const text of told) await page.locator('svg[role=img] text', { hasText: text }).first().waitFor();
    assert.deepEqual(await faults(page), [], label);
  }
  await by.selectOption('');
  await page.locator('svg[role=img] text', { hasText: 'Others together' }).first().waitFor({ state: 'detached' });
  await by.selectOption('channel');
  await page.getByText('(0 + 22)').first().waitFor();

  await browser.close();
}
