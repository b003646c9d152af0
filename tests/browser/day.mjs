// An officer's two hundredth interview of a day, on a phone: no screen is slow by what was entered before.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const PEOPLE = 200;
/** What a screen may take in milliseconds: programs are not built for speed in tests, and share the machine. */
const SLOW = 3_000;

/** Enters all but three through the API, and the last three by hand; gives what the slowest step of each kind took. */
export async function day(amina, space, complaints, ends) {
  await amina.call('set_profile', { name: null, language: 'ar', settings: null });
  const option = (id, label) => ({ id, label });
  const question = (label, kind) => ({ id: '', label, hint: '', required: false, kind });
  const questions = [
    question('الحي', { type: 'single_choice', options: [option(1, 'الحي القديم'), option(2, 'الحي الجديد'), option(3, 'السوق')] }),
    question('كم في البيت؟', { type: 'whole_number', min: '0', max: '40' }),
    question('من أين الماء؟', { type: 'multiple_choice', options: [option(1, 'بئر'), option(2, 'شبكة'), option(3, 'صهريج')], most: 0 }),
    question('ماذا ينقصكم؟', { type: 'text' }),
  ];
  const draft = { title: 'يوم طويل', description: '', audience: '', stage: 'consult', questions, activity: null };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  await amina.call('open_consultation', { space, consultation });
  const { form } = await amina.call('consultation', { space, consultation });
  const ids = form.questions.map((one) => one.id);
  const entered = [];
  for (let at = 0; at < PEOPLE - 3; at += 1) {
    const answers = [
      { question: ids[0], value: { type: 'choices', value: [(at % 3) + 1] } },
      { question: ids[1], value: { type: 'number', value: String(at % 12) } },
      { question: ids[2], value: { type: 'choices', value: [1, 3] } },
      { question: ids[3], value: { type: 'text', value: `طريق ومدرسة، البيت ${at}` } },
    ];
    const began = Date.now();
    await amina.call('respond', { space, consultation, answers, assisted: { mode: 'spoken', consent: true, note: `البيت ${at}` }, slot: null });
    entered.push(Date.now() - began);
  }
  entered.sort((one, other) => one - other);

  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, PHONE);
  const place = `#/space/${space}/consultation/${consultation}`;
  const slowest = {};
  const timed = async (what, act, shown) => {
    const began = Date.now();
    await act();
    await shown();
    const took = Date.now() - began;
    slowest[what] = Math.max(slowest[what] ?? 0, took);
  };
  const appears = (name) => () => page.getByText(name, { exact: true }).first().waitFor();
  await timed('the page for others', () => visit(page, `${place}/assist`), () => page.getByRole('button', { name: 'إلى الأسئلة' }).waitFor());
  for (let person = 0; person < 3; person += 1) {
    await timed('the first question', () => page.getByRole('button', { name: 'إلى الأسئلة' }).click(), appears('الحي'));
    await page.getByText('السوق', { exact: true }).click();
    const next = () => page.getByRole('button', { name: 'التالي' }).click();
    await timed('the next question', next, appears('كم في البيت؟'));
    await page.locator('main .questions input').first().fill('٧');
    await timed('the next question', next, appears('من أين الماء؟'));
    await page.getByText('بئر', { exact: true }).click();
    await timed('the next question', next, appears('ماذا ينقصكم؟'));
    await page.locator('main .questions textarea').fill('مستوصف');
    await timed('the check', next, () => page.getByText('وافق الشخص على أن أُدخل هذا').waitFor());
    await page.getByText('وافق الشخص على أن أُدخل هذا').click();
    await timed('the receipt', () => page.getByRole('button', { name: 'احفظ وأظهر الإيصال' }).click(), () => page.locator('[data-claim]').waitFor());
    if (person < 2) {
      const another = () => page.getByRole('button', { name: 'الشخص التالي' }).click();
      await timed('the next person', another, () => page.getByRole('button', { name: 'إلى الأسئلة' }).waitFor());
    }
  }
  await timed('the day', () => visit(page, `${place}/day`), () => page.locator('.lines li').nth(PEOPLE - 1).waitFor());
  assert.equal(await page.locator('.lines li').count(), PEOPLE, 'a line for each person');
  const houses = await page.locator('.lines .note').allInnerTexts();
  const order = houses.slice(0, PEOPLE - 3).map((house) => Number(house.replace(/\D+/gu, '')));
  assert.deepEqual(order, order.map((_, at) => at), 'in the order in which they were asked');
  // Who would not be asked, and how many are meant, are the officer's, not this page's.
  await page.getByLabel('كم شخصًا اليوم').fill('٢٥٠');
  await page.getByLabel('كم شخصًا اليوم').press('Tab');
  for (const times of [1, 2]) {
    await page.getByRole('button', { name: 'زد واحدًا رفض' }).click();
    await until('one more is counted', async () => (await amina.call('field_day', { space, consultation })).refused === times);
  }
  assert.equal((await amina.call('field_day', { space, consultation })).target, 250);
  assert.deepEqual(await faults(page), [], 'the day');
  await timed('the results', () => visit(page, `${place}/results`), appears('من أين الماء؟'));
  await timed('the answers', () => visit(page, `${place}/responses`), () => page.getByText('مستوصف').first().waitFor());
  await amina.call('set_profile', { name: null, language: 'en', settings: null });
  slowest['an answer over the API'] = entered.at(-1);
  for (const [what, took] of Object.entries(slowest)) assert.ok(took < SLOW, `${what} took ${took} ms`);
  return slowest;
}
