// Sealed answers in the pages: chosen at opening, told to whoever answers, read by who was named when
// the others gave their parts, published with small numbers left out.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const SAID = 'الكوليرا';

/** Amina seals a question to herself and Bilal together; he answers, gives his part, and she reads. */
export async function seal(amina, bilal, space, complaints, ends, picture = () => Promise.resolve()) {
  for (const replica of [amina, bilal]) await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const option = (id, label) => ({ id, label });
  const question = (label, kind) => ({ id: '', label, hint: '', required: false, kind });
  const village = { type: 'single_choice', options: [option(1, 'العليا'), option(2, 'السفلى')] };
  const questions = [question('أين تسكن؟', village), question('بم مرضت؟', { type: 'text' })];
  const draft = { title: 'صحة القرية', description: '', audience: '', stage: 'consult', questions, activity: null };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  const place = `#/space/${space}/consultation/${consultation}`;
  const browser = await launch();
  ends.push(() => browser.close());

  const page = await open(browser, amina.url, complaints, PHONE);
  await visit(page, place);
  await page.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('checkbox', { name: 'اجعل بعض الأجوبة' }).check();
  await dialog.getByRole('checkbox', { name: 'بم مرضت؟' }).check();
  await dialog.getByRole('checkbox', { name: 'Bilal' }).check();
  await dialog.getByRole('radio', { name: /2.*معًا|٢.*معًا/u }).check();
  await dialog.getByText('فلن يقرأ أحد').waitFor();
  const found = (await faults(page)).map((fault) => `opening: ${fault}`);
  await picture(page, 'opening');
  await dialog.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await page.getByRole('heading', { name: 'أجوبة مختومة' }).waitFor();
  found.push(...(await faults(page)).map((fault) => `opened: ${fault}`));
  await picture(page, 'opened');

  await until('the consultation is with Bilal', async () => {
    const all = await bilal.call('consultations', { space });
    return all.some((one) => one.consultation === consultation && one.phase === 'open');
  });
  const other = await open(browser, bilal.url, complaints, PHONE);
  await visit(other, `${place}/answer`);
  // The open question says nothing of a lock, the sealed one says who can read it.
  await other.getByText('أين تسكن؟').first().waitFor();
  assert.equal(await other.getByText('لا يقرأ هذا الجواب إلا').count(), 0);
  await other.getByText('العليا').click();
  await other.getByRole('button', { name: 'التالي' }).click();
  await other.getByText('لا يقرأ هذا الجواب إلا').waitFor();
  found.push(...(await faults(other)).map((fault) => `answering: ${fault}`));
  await picture(other, 'answering');
  const { form } = await bilal.call('consultation', { space, consultation });
  const answers = [
    { question: form.questions[0].id, value: { type: 'choices', value: [form.questions[0].kind.options[0].id] } },
    { question: form.questions[1].id, value: { type: 'text', value: SAID } },
  ];
  await bilal.call('respond', { space, consultation, answers, assisted: null, slot: null });
  await until('his answer is with Amina', async () => (await amina.call('results', { space, consultation })).counted.all === 1);

  await visit(page, `${place}/results`);
  await page.getByText('مختوم. لا يقرأ هذا الجهاز').waitFor();
  found.push(...(await faults(page)).map((fault) => `locked results: ${fault}`));
  await picture(page, 'locked');
  await visit(other, `${place}/results`);
  await other.getByRole('button', { name: 'أعطِ نصيبي' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'أعطِ نصيبي' }).click();
  await other.getByText('أعطى نصيبه من المفتاح').waitFor();
  // Who gave a part cannot read by it.
  assert.equal(await other.getByText(SAID).count(), 0);
  await page.getByText(SAID).waitFor();
  found.push(...(await faults(page)).map((fault) => `results: ${fault}`));
  await picture(page, 'read');

  await amina.call('close_consultation', { space, consultation, note: '' });
  await page.getByRole('button', { name: 'انشر الأرقام' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'انشر الأرقام' }).click();
  await page.getByRole('heading', { name: /نشرها .?Amina/u }).waitFor();
  await other.getByText('لا يستطيع غيره أن يعيد العدّ').waitFor();
  await picture(other, 'published');
  found.push(...(await faults(other)).map((fault) => `published: ${fault}`));
  assert.deepEqual(found, [], 'axe found faults');
  await rows(amina, bilal, page, space);
}

/** Rows that are sealed stand among the answers as what they are, for whoever cannot read them. */
async function rows(amina, bilal, page, space) {
  const details = (name, part_of = null) => ({ name, part_of });
  const asked = (id, label, type, more) => ({ id, label, hint: '', required: false, kind: { type }, details: more });
  const [where, children, child] = ['00000000000000b1', '00000000000000b2', '00000000000000b3'];
  const questions = [asked(where, 'أين البيت؟', 'text', details('where')), asked(children, 'الأطفال', 'repeat', details('children')), asked(child, 'اسم الطفل', 'text', details('child', children))];
  const { consultation } = await amina.call('new_consultation', { space, draft: { title: 'أطفال الحي', description: '', audience: '', stage: 'consult', questions, activity: null } });
  const { keepers } = await amina.call('seal_choices', { space, consultation });
  const keeper = keepers.find(({ name }) => name === 'Bilal').device;
  await amina.call('open_sealed', { space, consultation, questions: [children], keepers: [keeper], threshold: 1 });
  const named = [{ question: child, value: { type: 'text', value: 'ليلى' } }];
  const answers = [
    { question: where, value: { type: 'text', value: 'قرب الطاحونة' } },
    { question: children, value: { type: 'rows', value: [named] } },
  ];
  await amina.call('respond', { space, consultation, answers, assisted: null, slot: null });
  await visit(page, `#/space/${space}/consultation/${consultation}/responses`);
  await page.getByText('قرب الطاحونة').waitFor();
  await page.locator('dl > div').filter({ hasText: 'الأطفال' }).getByText('مختوم').waitFor();
  await until('the keeper reads the rows', async () => {
    const held = await bilal.call('responses', { space, consultation, mine: false, counted: false, slots: [], text: '', offset: 0, limit: 5 }).catch(() => ({ responses: [] }));
    return JSON.stringify(held).includes('ليلى');
  });
}
