// From an answer to the reply that its author reads: sorted, replied to, told; in Arabic, on a phone.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const SAID = 'البئر بعيدة عن بيتي';
const THEME = 'الماء بعيد';
const REPLY = 'تُحفر بئر ثانية عند المدرسة';

/** Bilal answers; Amina sorts his answer in the page and replies to it; he finds the reply where he begins. */
export async function report(amina, bilal, space, complaints, ends) {
  for (const replica of [amina, bilal]) await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const question = { id: '', label: 'ماذا ينقصكم؟', hint: '', required: true, kind: { type: 'text' } };
  const draft = { title: 'نقطة الماء', description: '', audience: '', stage: 'consult', questions: [question], activity: null };
  const { consultation } = await amina.call('new_consultation', { space, draft });
  await amina.call('open_consultation', { space, consultation });
  await until('the consultation is with Bilal', async () => {
    const all = await bilal.call('consultations', { space });
    return all.some((one) => one.consultation === consultation && one.phase === 'open');
  });
  const { form } = await bilal.call('consultation', { space, consultation });
  const answers = [{ question: form.questions[0].id, value: { type: 'text', value: SAID } }];
  await bilal.call('respond', { space, consultation, answers, assisted: null, slot: null });
  await until('his answer is with Amina', async () => (await amina.call('results', { space, consultation })).counted.all === 1);

  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, PHONE);
  await visit(page, `#/space/${space}/consultation/${consultation}/report`);
  await page.getByRole('link', { name: 'ترتيب الأجوبة' }).click();
  await page.getByRole('checkbox', { name: new RegExp(SAID, 'u') }).check();
  const found = (await faults(page)).map((fault) => `sort: ${fault}`);
  await page.getByRole('button', { name: 'ضعها هنا' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('بكلمات قليلة').fill(THEME);
  await dialog.getByRole('button', { name: 'ضعها هنا' }).click();
  await page.getByText('رُتّبت كلّ الأجوبة').waitFor();
  await page.getByRole('link', { name: 'التقرير الختامي' }).click();
  const theme = page.getByRole('region', { name: THEME });
  await theme.getByRole('button', { name: new RegExp(`^الردّ`, 'u') }).click();
  await theme.getByLabel('ما الذي يُفعل؟').fill(REPLY);
  const day = theme.getByRole('group', { name: 'متى، أو منذ متى' });
  await day.getByLabel('اليوم').selectOption('3');
  await day.getByLabel('الشهر').selectOption('5');
  await day.getByLabel('السنة').fill('٢٠٢٧');
  await theme.getByRole('button', { name: 'توقيع وإعلان' }).click();
  await theme.getByText(REPLY).waitFor();
  const told = await amina.call('report', { space, consultation });
  assert.equal(told.themes[0].replies[0].day, '2027-05-03');

  await until('the reply is with Bilal', async () => {
    const { answered } = await bilal.call('home');
    return answered.some((one) => one.consultation === consultation && one.notice?.mine === true);
  });
  const other = await open(browser, bilal.url, complaints, PHONE);
  await other.getByText('تردّ الجهة المسؤولة على ما قلته.').waitFor();
  await other.getByRole('link', { name: 'اقرأه' }).click();
  await other.getByText(REPLY).waitFor();
  await other.getByText('أنت منهم').waitFor();
  found.push(...(await faults(other)).map((fault) => `report: ${fault}`));
  // What was read is no news any more.
  await visit(other, '#/now');
  await other.getByText('نقطة الماء').first().waitFor();
  assert.equal(await other.getByText('تردّ الجهة المسؤولة على ما قلته.').count(), 0, 'the notice stays');
  assert.deepEqual(found, [], 'axe found faults');
}
