// Some people are asked again: one officer draws, the other finds whose turn it is, asks, and tells what was the same;
// it is there after the page is opened anew, on both devices.

import assert from 'node:assert/strict';

import { faults, launch, open, picture, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };

/** Plays it; gives how many were drawn. */
export async function again(program, pages, complaints, ends) {
  const amina = await Replica.start(program, pages, 'أمينة');
  ends.push(() => amina.stop());
  const bilal = await Replica.start(program, pages, 'بلال');
  ends.push(() => bilal.stop());
  const { space } = await amina.call('found_space', { name: 'عين صفا', purpose: '', charter: '' });
  const { ticket } = await amina.call('invite', { space, rank: 'facilitator', uses: 1, label: '' });
  await bilal.call('join', { ticket });
  const question = (label, kind) => ({ id: '', label, hint: '', required: false, kind });
  const options = [
    { id: 1, label: 'بئر' },
    { id: 2, label: 'شبكة' },
  ];
  const questions = [question('من أين الماء؟', { type: 'single_choice', options }), question('أين البيت؟', { type: 'place' }), question('صورة البيت', { type: 'photo' })];
  const { consultation } = await amina.call('new_consultation', { space, draft: { title: 'ماء الحي', description: '', audience: '', stage: 'consult', questions, activity: null } });
  await amina.call('open_consultation', { space, consultation });
  const { form } = await amina.call('consultation', { space, consultation });
  const [water, where] = form.questions.map((one) => one.id);
  for (const house of ['البيت ١', 'البيت ٢', 'البيت ٣', 'البيت ٤']) {
    const answers = [
      { question: water, value: { type: 'choices', value: [1] } },
      { question: where, value: { type: 'place', value: { latitude: '33.5138', longitude: '36.2765', altitude: '', accuracy: '4.5' } } },
    ];
    await amina.call('respond', { space, consultation, answers, assisted: { mode: 'spoken', consent: true, note: house }, slot: null });
  }
  for (const one of [amina, bilal]) await one.call('set_profile', { name: null, language: 'ar', settings: null });

  const browser = await launch();
  ends.push(() => browser.close());
  const place = `#/space/${space}/consultation/${consultation}`;
  const first = await open(browser, amina.url, complaints, PHONE);
  await visit(first, `${place}/day`);
  await first.getByText('إعادة سؤال بعضهم').click();
  await first.getByLabel(/البذرة/u).fill('٣ ٥ ١');
  await first.getByLabel('كم', { exact: true }).selectOption('50');
  await first.getByRole('button', { name: 'إجراء القرعة' }).click();
  await first.getByText('شخصان يُعاد سؤالهما').waitFor();
  // The same dice in other digits are the same draw, and the page says so.
  await first.getByLabel(/البذرة/u).fill('3 5 1');
  await first.getByRole('button', { name: 'إجراء القرعة' }).click();
  await first.getByText(/أُجريت هذه القرعة من قبل/u).waitFor();

  const checks = () => bilal.call('back_checks', { space, consultation });
  await until('the draw is with the other officer', async () => (await checks().catch(() => ({ checks: [] }))).checks.length === 2);
  const second = await open(browser, bilal.url, complaints, PHONE);
  await visit(second, `${place}/day`);
  const turns = second.getByRole('button', { name: 'أعد السؤال' });
  await turns.nth(1).waitFor();
  await turns.first().click();
  await second.getByRole('button', { name: 'سألت: أظهر ما أُدخل' }).click();
  await second.getByText('33.5138° شمالًا').or(second.getByText(/33\.5138°/u)).first().waitFor();
  // What is not compared is named, with why.
  await second.getByText(/صورة البيت.*لا تُؤخذ الصورة/u).waitFor();
  assert.equal(await second.getByRole('group', { name: 'صورة البيت' }).count(), 0);
  await second.getByRole('group', { name: 'من أين الماء؟' }).getByText('الجواب نفسه').click();
  await second.getByRole('group', { name: 'أين البيت؟' }).getByText('جواب آخر').click();
  assert.deepEqual(await faults(second), [], 'asking again');
  // The battery goes in the middle of it.
  await second.getByText('محفوظ').first().waitFor();
  await second.reload();
  await turns.first().click();
  const chosen = (label, answer) => second.getByRole('group', { name: label }).getByRole('radio', { name: answer });
  await until('what was found is there again', () => chosen('من أين الماء؟', 'الجواب نفسه').isChecked());
  assert(await chosen('أين البيت؟', 'جواب آخر').isChecked());
  await picture(second, 'again');
  await second.getByRole('button', { name: 'سجّل ما وجدته' }).click();
  await second.getByText('إعادة السؤال: كم تتفق الأجوبة').waitFor();
  await second.getByRole('button', { name: 'أعد السؤال' }).click();
  await second.getByRole('button', { name: 'تعذّر سؤال الشخص' }).click();
  await second.getByLabel('ماذا وجدت؟').fill('انتقل من هنا');
  await second.getByRole('button', { name: 'سجّل ما وجدته' }).click();
  await until('both are told', async () => (await checks()).checks.every((one) => one.outcome !== null));

  await until('it is known where it was entered', async () => (await amina.call('back_checks', { space, consultation })).officers[0]?.not_asked === 1);
  await first.reload();
  await first.getByText('إعادة السؤال: كم تتفق الأجوبة').waitFor();
  await visit(first, `${place}/report`);
  await first.getByText('إعادة السؤال: كم تتفق الأجوبة').waitFor();
  await first.getByText(/أُعيد سؤال .*1.* من .*2/u).waitFor();
  const told = (await amina.call('back_checks', { space, consultation })).officers[0];
  assert.deepEqual([told.drawn, told.asked, told.not_asked, told.same, told.other], [2, 1, 1, 1, 1]);

  // Whoever entered takes both back: what was found stays theirs, and it says so.
  await visit(first, `${place}/day`);
  const drawn = (await checks()).checks;
  for (const { slot } of drawn) await amina.call('withdraw', { space, consultation, slot });
  await first.getByText(/لم تعد كما كانت عند القرعة.*2/u).waitFor();
  await first.getByText('إعادة سؤال بعضهم').click();
  const since = first.getByText(/سحبه.*أمينة.*بعد القرعة/u);
  await since.nth(1).waitFor();
  assert.equal(await since.count(), 2);
  const stays = (await amina.call('back_checks', { space, consultation })).officers[0];
  assert.deepEqual([stays.officer, stays.drawn, stays.asked, stays.same, stays.other, stays.since], ['أمينة', 2, 1, 1, 1, 2]);
  return told.drawn;
}
