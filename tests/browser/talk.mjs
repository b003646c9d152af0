// A conversation in the pages, from ideas to the draft of a budget: people say something and vote statement by statement
// on a phone, the opinion map shows two groups in three languages, an idea is joined and its author keeps it apart, and what
// can be done becomes a budget.

import assert from 'node:assert/strict';

import { faults, launch, open, picture, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const TABLET = { viewport: { width: 800, height: 1280 } };
const IDEAS = ['بئر عند المدرسة', 'مصابيح على الطريق', 'ملعب للأطفال', 'سوق مغطّى', 'حافلة إلى المدينة', 'ممرّ للمشاة', 'مكتبة', 'ساحة بلا سيارات'];

/** Gives how many groups of opinion there are. */
export async function talk(program, pages, complaints, ends) {
  const [amina, bilal] = [await Replica.start(program, pages, 'Amina'), await Replica.start(program, pages, 'Bilal')];
  ends.push(() => amina.stop(), () => bilal.stop());
  const { space } = await amina.call('found_space', { name: 'Ain Safa', purpose: 'Ideas', charter: '' });
  const { ticket } = await amina.call('invite', { space, rank: 'member', uses: 1, label: '' });
  await bilal.call('join', { ticket });
  for (const replica of [amina, bilal]) await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const at = { space, consultation: await opened(amina, space) };
  const place = `#/space/${space}/consultation/${at.consultation}`;
  await until('the conversation is with Bilal', async () => (await bilal.call('consultation', at)).may_respond);

  const browser = await launch();
  ends.push(() => browser.close());
  const found = [];
  const look = async (page, where) => {
    found.push(...(await faults(page)).map((fault) => `${where}: ${fault}`));
    await picture(page, `talk-${where}`);
  };
  const phone = await open(browser, bilal.url, complaints, PHONE);
  await visit(phone, `${place}/talk`);
  await say(phone, 'ماء للمدرسة');
  // One statement at a time: agree, disagree, pass, and one taken back.
  await phone.getByRole('button', { name: 'موافق', exact: true }).click();
  await phone.getByRole('button', { name: 'غير موافق', exact: true }).click();
  await phone.getByRole('button', { name: 'العودة إلى السابقة' }).click();
  await look(phone, 'one-ar');
  for (let left = IDEAS.length; left > 0; left -= 1) {
    await phone.getByRole('button', { name: left % 3 === 0 ? 'لا أدري، أتجاوز' : left % 2 === 0 ? 'موافق' : 'غير موافق', exact: true }).click();
  }
  await until('Bilal has voted on all', async () => (await bilal.call('statements', at)).every((one) => one.vote !== null));

  // Two groups of people, entered by an officer for those without a device.
  await until('what Bilal said is with Amina', async () => (await amina.call('statements', at)).some((one) => one.text === 'ماء للمدرسة'));
  const all = await amina.call('statements', at);
  for (let person = 0; person < 36; person += 1) await onPaper(amina, at, all, person);
  await until('all are counted', async () => (await amina.call('outcome', at)).counted.all === 37);
  for (const [language, options, heading] of [
    ['ar', PHONE, /مجموعتان|مجموعات/u],
    ['en', {}, /groups/iu],
    ['fr', TABLET, /groupes/iu],
  ]) {
    await amina.call('set_profile', { name: null, language, settings: null });
    const page = await open(browser, amina.url, complaints, { ...options, colorScheme: language === 'fr' ? 'dark' : 'light' });
    await visit(page, `${place}/outcome`);
    await page.getByText(heading).first().waitFor();
    await page.locator('svg').first().waitFor();
    const shared = { ar: 'ما تقوله مجموعة وتؤيده أخرى', en: 'What one group says and another supports', fr: 'Ce que dit un groupe et qu’un autre soutient' };
    await page.getByRole('heading', { name: shared[language] }).waitFor();
    await look(page, `map-${language}`);
    await page.close();
  }
  const { result } = await amina.call('outcome', at);
  assert.equal(result.groups.length, 2);

  // Amina joins Bilal's idea with another while he is elsewhere; he is told, and keeps it apart.
  await visit(phone, '#/now');
  await amina.call('set_profile', { name: null, language: 'ar', settings: null });
  const officer = await open(browser, amina.url, complaints, PHONE);
  await visit(officer, `${place}/talk`);
  await officer.getByText('ضمّ عبارة أو أخفِها').click();
  const own = officer.locator('li', { hasText: 'ماء للمدرسة' }).first();
  await own.getByRole('button', { name: 'ضمّها إلى أخرى' }).click();
  await officer.getByLabel('إلى أي عبارة').selectOption({ label: IDEAS[0] });
  await officer.getByRole('dialog').getByRole('button', { name: 'ضمّها إلى أخرى' }).click();
  await phone.getByText('جدّ شيء في ما قلته').waitFor();
  await look(phone, 'told-ar');
  await phone.getByRole('link', { name: 'انظر' }).click();
  await phone.getByRole('button', { name: 'أبقِ عبارتي وحدها' }).waitFor();
  await look(phone, 'joined-ar');
  await phone.getByRole('button', { name: 'أبقِ عبارتي وحدها' }).click();
  await until('it stands by itself', async () => (await amina.call('statements', at)).some((one) => one.text === 'ماء للمدرسة' && one.standing === 'in' && one.apart));

  // What can be done, and the draft of the ballot.
  await visit(officer, `${place}/talk`);
  await officer.getByText('ما يمكن عمله وكم يكلّف').click();
  await find(officer, IDEAS[0], '600', 'سألنا المهندسة', 'ممكنة');
  await find(officer, IDEAS[1], '', 'لا كهرباء', 'غير ممكنة');
  await look(officer, 'findings-ar');
  await officer.getByRole('button', { name: 'اصنع ميزانية من هذه الأفكار' }).click();
  await officer.waitForURL((url) => url.hash.endsWith('/edit'));
  await officer.getByLabel(/مشروع 1/u).waitFor();
  await look(officer, 'budget-ar');
  const made = decodeURIComponent(new URL(officer.url()).hash.split('/')[4]);
  const { form } = await amina.call('consultation', { space, consultation: made });
  const projects = form.questions[0].kind.options;
  assert.equal(projects.length, IDEAS.length, 'every idea but the one that cannot be done, and the one kept apart');
  const well = projects.find((one) => one.label === IDEAS[0]);
  assert.deepEqual([well.project.cost, well.project.evidence], ['600', 'سألنا المهندسة']);
  assert.ok(!projects.some((one) => one.label === IDEAS[1]));
  assert.deepEqual(found, [], 'axe found faults');
  return result.groups.length;
}

async function say(page, text) {
  await page.getByRole('textbox').fill(text);
  await page.getByRole('button', { name: 'أضِفها' }).click();
  await page.getByText('أُضيفت').first().waitFor();
}

/** People of one kind agree with the first half and not with the second; the others the other way round. */
async function onPaper(replica, at, all, person) {
  const { form } = await replica.call('consultation', at);
  const votes = all.map((one, place) => {
    const first = place < all.length / 2;
    const side = person % 2 === 0 ? first : !first;
    return [one.statement, (person * 7 + place * 3) % 11 === 0 ? 0 : side ? 1 : -1];
  });
  votes.sort(([one], [other]) => (one < other ? -1 : 1));
  const answers = [{ question: form.questions[0].id, value: { type: 'votes', value: votes } }];
  await replica.call('respond', { ...at, answers, assisted: { mode: 'spoken', consent: true, note: '' }, slot: null });
}

async function find(page, idea, cost, text, verdict) {
  await page.locator('li', { hasText: idea }).getByRole('button', { name: 'هل هي ممكنة؟' }).click();
  if (cost !== '') await page.getByLabel('الكلفة').fill(cost);
  await page.getByLabel('ما تبيّن، وممّن').fill(text);
  await page.getByRole('dialog').getByRole('button', { name: verdict, exact: true }).click();
  await page.getByText('يرى الجميع ما تبيّن لك').first().waitFor();
  await until('the question is closed', async () => (await page.getByRole('dialog').count()) === 0);
}

async function opened(replica, space) {
  const rule = { type: 'conversation', seeds: IDEAS, open: true, let_in: false, in_front: 3, least_votes: 5, least_people: 15, groups: null, clear_from: 250, clear_people: 30 };
  const question = { id: '', label: 'ما الذي تحتاجه القرية؟', hint: '', required: true, kind: { type: 'statements' } };
  const draft = { title: 'ما الذي تحتاجه القرية؟', description: '', audience: '', stage: 'consult', questions: [question], activity: { rule, voters: 'everybody', shown: 'always' } };
  const { consultation } = await replica.call('new_consultation', { space, draft });
  await replica.call('open_consultation', { space, consultation });
  return consultation;
}
