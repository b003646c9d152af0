// Ballot boxes in the pages: opened in Arabic on a phone, sealed by two officers, signed in French on a tablet, closed
// with one box that never arrived; and two closings made apart, with the alarm of whoever knew the first result.

import assert from 'node:assert/strict';

import { faults, launch, open, picture, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const TABLET = { viewport: { width: 800, height: 1280 } };

/** Gives the hash that both devices count. */
export async function boxes(program, pages, complaints, ends) {
  const [amina, bilal] = [await Replica.start(program, pages, 'Amina'), await Replica.start(program, pages, 'Bilal')];
  ends.push(() => amina.stop(), () => bilal.stop());
  const space = await together(amina, bilal);
  await amina.call('set_profile', { name: null, language: 'ar', settings: null });
  await bilal.call('set_profile', { name: null, language: 'fr', settings: null });
  const browser = await launch();
  ends.push(() => browser.close());
  const phone = await open(browser, amina.url, complaints, PHONE);
  const tablet = await open(browser, bilal.url, complaints, TABLET);
  const found = [];
  const look = async (page, where) => {
    found.push(...(await faults(page)).map((fault) => `${where}: ${fault}`));
    await picture(page, `boxes-${where}`);
  };

  const at = { space, consultation: await drafted(amina, space, 'أي يوم للسوق؟', ['السبت', 'الأحد'], 'everybody') };
  const place = `#/space/${space}/consultation/${at.consultation}`;
  await visit(phone, place);
  await phone.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await phone.getByRole('checkbox', { name: 'تُجمع الأوراق في صناديق' }).check();
  await phone.getByLabel('الصناديق').fill('المدرسة: أمينة\nالمسجد\nالمسجد');
  await phone.getByText('لصندوقين الاسم نفسه').waitFor();
  await phone.getByLabel('الصناديق').fill('المدرسة: أمينة\nالمسجد\nالسوق');
  await look(phone, 'open-ar');
  await phone.getByRole('dialog').getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await phone.getByRole('heading', { name: 'صناديق الاقتراع' }).waitFor();

  for (const [officer, days] of [
    [amina, [0, 1]],
    [bilal, [1, 0]],
  ]) {
    await until('the vote is open there', async () => (await officer.call('consultation', at)).boxes);
    for (const day of days) await onPaper(officer, at, day);
  }
  // A paper out of the box: nobody is asked for agreement, and nobody gets a receipt.
  await visit(phone, `${place}/assist`);
  await phone.getByRole('radio', { name: 'السبت' }).check();
  await phone.getByRole('button', { name: 'التالي' }).click();
  await phone.getByText('ورقة من الصندوق').waitFor();
  await look(phone, 'paper-ar');
  await phone.getByRole('button', { name: 'احفظ الورقة' }).click();
  await phone.getByText('حُفظت. تابع بالورقة التالية').waitFor();
  assert.equal(await phone.locator('[data-claim]').count(), 0, 'a receipt of a paper that nobody knows');
  const { without_consent: unasked } = await amina.call('field_day', at);
  assert.equal(unasked, 0, 'said to be without agreement');
  const [taken] = (await amina.call('responses', { ...at, mine: true, counted: false, slots: [], text: '', offset: 0, limit: 1 })).responses;
  assert.deepEqual(taken.assisted, { mode: 'paper', consent: false, note: '' }, 'signed for somebody who was never asked');
  await visit(phone, place);
  await phone.getByText('أصوات أدخلها مسؤولون وليست في صندوق بعد').waitFor();
  await phone.getByRole('button', { name: 'اختم صندوقًا' }).click();
  await phone.getByLabel('أي صندوق').selectOption({ label: 'المدرسة' });
  await phone.getByLabel('عدد الأوراق في الصندوق').fill('4');
  await phone.getByText('ابحث عن الفرق').waitFor();
  await phone.getByLabel('عدد الأوراق في الصندوق').fill('٣');
  await look(phone, 'seal-ar');
  await phone.getByRole('dialog').getByRole('button', { name: 'اختم صندوقًا' }).click();
  await phone.getByText('ينقصه توقيع').first().waitFor();
  const mosque = await bilal.call('seal_box', { ...at, number: 1, papers: 2, note: '' });
  assert.equal(mosque.ballots, 2);

  // Bilal signs on his tablet; of his own box nobody signs.
  await visit(tablet, place);
  await tablet.getByRole('button', { name: 'Signer ce procès-verbal' }).first().click();
  await tablet.getByText(/Scellée par .*Amina.*, signée par .*Bilal/u).waitFor();
  await look(tablet, 'signed-fr');
  // The minutes on paper, photographed beside the box, are seen on the other device.
  const paper = { name: 'minutes.png', mimeType: 'image/png', buffer: await tablet.screenshot() };
  await tablet.getByRole('button', { name: 'Photographier le procès-verbal' }).first().click();
  await tablet.locator('input[type="file"]').last().setInputFiles(paper);
  await tablet.getByText('Photo de').first().waitFor();
  await look(tablet, 'minutes-fr');
  // It shows the wrong box: hidden with a reason, for all to see, and another one is added.
  await tablet.getByRole('button', { name: 'Masquer cette photo' }).click();
  await tablet.getByLabel('Pourquoi').fill('Une autre urne');
  await look(tablet, 'hide-fr');
  await tablet.getByRole('dialog').getByRole('button', { name: 'Masquer cette photo' }).click();
  await tablet.getByText(/Masquée par .*Bilal.* : .*Une autre urne/u).waitFor();
  await look(tablet, 'hidden-fr');
  // Hidden by mistake, it is shown again in the same way, and everybody sees that too.
  await tablet.getByRole('button', { name: 'La montrer de nouveau' }).click();
  await tablet.getByLabel('Pourquoi').fill('C’est la bonne');
  await tablet.getByRole('dialog').getByRole('button', { name: 'La montrer de nouveau' }).click();
  await tablet.getByText(/De nouveau visible, par .*Bilal.* : .*C’est la bonne/u).waitFor();
  await look(tablet, 'shown-again-fr');
  await tablet.getByRole('button', { name: 'Masquer cette photo' }).click();
  await tablet.getByLabel('Pourquoi').fill('Une autre urne');
  await tablet.getByRole('dialog').getByRole('button', { name: 'Masquer cette photo' }).click();
  await tablet.getByText(/Masquée par .*Bilal.* : .*Une autre urne/u).waitFor();
  await until('the photo is with Amina, hidden', async () => (await amina.call('ballot_boxes', at)).boxes[0].parts[0].photos[0]?.hidden !== null);
  await until('the photo is with Amina', async () => (await amina.call('ballot_boxes', at)).boxes[0].parts[0].photos.length === 1);
  await until('the signature is with Amina', async () => (await amina.call('ballot_boxes', at)).boxes[0].state === 'whole');
  await visit(phone, place);
  // So that the bar at the foot covers half of no button.
  await phone.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await look(phone, 'boxes-ar');
  await phone.getByRole('button', { name: 'أغلقها' }).click();
  await phone.getByText('هل تغلق مع ذلك؟').waitFor();
  await look(phone, 'close-ar');
  await phone.getByRole('dialog').getByRole('button', { name: 'أغلقها' }).click();
  await phone.getByRole('link', { name: 'النتيجة' }).last().click();
  await phone.getByText('لم يصل قبل الإغلاق شيء من هذه الصناديق').waitFor();
  await phone.getByText('لم تُحسب لغياب التوقيع الثاني').waitFor();
  await look(phone, 'outcome-ar');
  const here = await amina.call('recount', at);
  assert.deepEqual([here.counted.all, here.discarded.map((one) => one.reason)], [3, ['unsigned', 'unsigned']]);
  await until('Bilal counts the same', async () => (await bilal.call('recount', at)).hash === here.hash);
  await visit(tablet, `${place}/outcome`);
  await tablet.getByText('Non comptées, faute de seconde signature').waitFor();
  await look(tablet, 'outcome-fr');

  await phone.close();
  await tablet.close();
  await apart(amina, bilal, space, { browser, complaints, look });
  assert.deepEqual(found, [], 'axe found faults');
  return here.hash;
}

/** Two stewards close apart, naming different ballots: whoever knew one result shows both. */
async function apart(amina, bilal, space, { browser, complaints, look }) {
  const at = { space, consultation: await drafted(amina, space, 'Where to meet?', ['School', 'Market'], 'members') };
  await amina.call('open_consultation', at);
  await until('the vote is with Bilal', async () => (await bilal.call('consultation', at)).may_respond);
  await bilal.leave();
  await vote(amina, at, 0);
  await amina.call('close_consultation', { ...at, note: '' });
  assert.equal((await amina.call('outcome', at)).counted.all, 1);
  await amina.leave();
  await bilal.comeBack();
  await vote(bilal, at, 1);
  await bilal.call('close_consultation', { ...at, note: '' });
  await amina.comeBack([bilal]);
  await until('both closings are with Amina', async () => (await amina.call('outcome', at)).counted.all === 2);
  const told = await amina.call('outcome', at);
  assert.equal(told.earlier.counted.all, 1);
  await until('they agree', async () => (await bilal.call('outcome', at)).hash === told.hash);
  const place = `#/space/${space}/consultation/${at.consultation}/outcome`;
  for (const [language, options, alarm, before] of [
    ['ar', PHONE, 'كانت هذه النتيجة غير ما هي الآن', 'ما كان هذا الجهاز يعرفه'],
    ['en', {}, 'This result was another one before', 'What this device knew'],
    ['fr', TABLET, 'Ce résultat était autre auparavant', 'Ce que cet appareil savait'],
  ]) {
    await amina.call('set_profile', { name: null, language, settings: null });
    const page = await open(browser, amina.url, complaints, { ...options, colorScheme: language === 'fr' ? 'dark' : 'light' });
    await visit(page, '#/now');
    await look(page, `now-${language}`);
    await visit(page, place);
    await page.getByRole('alert').getByText(alarm).waitFor();
    await page.getByRole('heading', { name: before }).waitFor();
    await look(page, `alarm-${language}`);
    await page.close();
  }
}

/** A space of two officers who know each other. */
async function together(amina, bilal) {
  const { space } = await amina.call('found_space', { name: 'Ain Safa', purpose: 'Market', charter: '' });
  const { ticket } = await amina.call('invite', { space, rank: 'facilitator', uses: 1, label: '' });
  await bilal.call('join', { ticket });
  const member = async () => (await amina.call('members', { space })).find((one) => one.name === 'Bilal' && one.rank !== null);
  const { device } = await until('Bilal is in', member);
  await amina.call('change_rank', { space, device, rank: 'steward' });
  await until('Bilal is a steward', async () => (await bilal.call('members', { space })).some((one) => one.name === 'Bilal' && one.rank === 'steward'));
  return space;
}

async function optionsOf(replica, at) {
  const { form } = await replica.call('consultation', at);
  return { question: form.questions[0].id, options: form.questions[0].kind.options };
}

async function onPaper(replica, at, choice) {
  const { question, options } = await optionsOf(replica, at);
  const answers = [{ question, value: { type: 'choices', value: [options[choice].id] } }];
  await replica.call('respond', { ...at, answers, assisted: { mode: 'paper', consent: true, note: '' }, slot: null });
}

async function vote(replica, at, choice) {
  const { question, options } = await optionsOf(replica, at);
  const answers = [{ question, value: { type: 'choices', value: [options[choice].id] } }];
  await replica.call('respond', { ...at, answers, assisted: null, slot: null });
}

async function drafted(replica, space, title, labels, voters) {
  const option = (label) => ({ id: 0, label, project: null });
  const kind = { type: 'single_choice', options: labels.map(option) };
  const question = { id: '', label: title, hint: '', required: true, kind };
  const activity = { rule: { type: 'poll', kind: 'poll' }, voters, shown: 'after_close' };
  const draft = { title, description: '', audience: '', stage: 'decide', questions: [question], activity };
  return (await replica.call('new_consultation', { space, draft })).consultation;
}
