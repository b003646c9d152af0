// A vote of slips in the pages, in Arabic, on a phone: opened, printed, used on two devices, counted alike on both.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };

/** Gives how many slips were used. */
export async function slips(amina, bilal, space, complaints, ends) {
  for (const replica of [amina, bilal]) await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const consultation = await drafted(amina, space);
  const at = { space, consultation };
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, PHONE);
  const found = [];
  const look = async (where) => found.push(...(await faults(page)).map((fault) => `${where}: ${fault}`));

  await visit(page, `#/space/${space}/consultation/${consultation}`);
  await page.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await page.getByRole('checkbox', { name: /التصويت بالقسائم فقط/u }).check();
  await page.getByLabel('كم قسيمة؟').fill('4');
  await page.getByRole('dialog').getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await page.getByRole('link', { name: 'اطبع القسائم' }).click();
  await until('the sheet is drawn', async () => (await page.locator('.sheet li').count()) === 4);
  await look('sheet');
  const codes = await page.locator('.sheet .code').allInnerTexts();
  assert.equal(new Set(codes).size, 4);

  // One slip in Amina's page and, before the devices have met again, on Bilal's device.
  await until('the vote is with Bilal', async () => (await bilal.call('consultation', at)).may_use_slips);
  await use(page, codes[0], 'السبت', look);
  const { form } = await bilal.call('consultation', at);
  const [question] = form.questions;
  const sunday = question.kind.options.find((one) => one.label === 'الأحد').id;
  const answers = [{ question: question.id, value: { type: 'choices', value: [sunday] } }];
  await until('the ballot is with Bilal', async () => (await bilal.call('read_slip', { code: codes[0] }))[0].state === 'used');
  await assert.rejects(bilal.call('respond', { ...at, answers, assisted: null, slot: codes[0] }), /slip_used/u);
  await bilal.call('respond', { ...at, answers, assisted: null, slot: codes[1] });
  await assert.rejects(bilal.call('respond', { ...at, answers, assisted: null, slot: null }), /slip_needed/u);

  // The same slip again in the page: it was used, and the page says so.
  await type(page, codes[0]);
  await page.getByText('صُوّت بهذه القسيمة من قبل').waitFor();
  await look('used');
  // Who follows the call to answer is led to where slips vote.
  await visit(page, `#/space/${space}/consultation/${at.consultation}/answer`);
  await page.getByText('هنا لا يُصوَّت إلا بالقسائم').waitFor();
  await page.getByRole('link', { name: 'التصويت بقسيمة' }).waitFor();
  await until('both ballots are with Amina', async () => (await amina.call('consultation', at)).slips.used === 2);
  await amina.call('close_consultation', { ...at, note: '' });
  const here = await amina.call('recount', at);
  await until('Bilal counts the same', async () => (await bilal.call('recount', at)).hash === here.hash);
  assert.deepEqual(found, [], 'axe found faults');
  return here.counted.all;
}

async function type(page, code) {
  await visit(page, '#/slip');
  await page.getByLabel('الأرقام على القسيمة').fill(code);
  await page.getByRole('button', { name: 'تابع' }).click();
}

async function use(page, code, label, look) {
  await type(page, code);
  await page.getByRole('button', { name: 'صوّت', exact: true }).click();
  await page.getByRole('radio', { name: label }).check();
  await look('ballot');
  await page.getByRole('button', { name: 'التالي' }).click();
  await page.getByRole('button', { name: 'سلّم الصوت' }).click();
  await page.getByText('سُلّم صوتك').first().waitFor();
  await page.getByRole('button', { name: 'القسيمة التالية' }).click();
}

async function drafted(amina, space) {
  const option = (label) => ({ id: 0, label, project: null });
  const question = {
    id: '',
    label: 'أي يوم للسوق؟',
    hint: '',
    required: true,
    kind: { type: 'single_choice', options: [option('السبت'), option('الأحد')] },
  };
  const activity = { rule: { type: 'poll', kind: 'poll' }, shown: 'after_close' };
  const draft = { title: 'يوم السوق', description: '', audience: '', stage: 'decide', questions: [question], activity };
  return (await amina.call('new_consultation', { space, draft })).consultation;
}
