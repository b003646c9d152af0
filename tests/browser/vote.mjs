// A vote from its first touch to a number that two devices agree on, in Arabic, on a phone.

import assert from 'node:assert/strict';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const KINDS = ['poll', 'election', 'budget', 'petition', 'conversation'];

/** Starts a poll in the page, votes on two devices, closes, reads the outcome and recounts on both. */
export async function vote(amina, bilal, space, complaints, ends) {
  for (const replica of [amina, bilal]) await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, PHONE);
  const found = await everyKind(page, space);

  await visit(page, `#/space/${space}/ask`);
  await begin(page, 'poll');
  await page.getByLabel('العنوان', { exact: true }).fill('متى نجتمع؟');
  await page.locator('input[type="radio"][value="poll"]').check();
  await page.getByRole('textbox', { name: 'خيار 1' }).fill('السبت');
  await page.getByRole('textbox', { name: 'خيار 2' }).fill('الأحد');
  await page.getByRole('button', { name: 'احفظ المسودة' }).click();
  await page.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  // It tells until when it is open, which decides nothing.
  await page.getByRole('checkbox', { name: 'أعلن حتى متى هو مفتوح' }).check();
  const day = page.getByRole('group', { name: 'اليوم الأخير' });
  await day.locator('select').first().selectOption('31');
  await day.locator('select').last().selectOption('11');
  assert.equal(await day.locator('select').first().inputValue(), '0', 'a day that November does not have');
  await day.locator('select').first().selectOption('6');
  await day.locator('select').last().selectOption('12');
  await day.locator('input').fill('2099');
  found.push(...(await faults(page)).map((fault) => `open until: ${fault}`));
  await announcedAgain(page, complaints);
  await page.locator('[data-until="2099-12-06T18:00"]').waitFor();
  // Before anybody votes, the page says whose voices count, what wins, and when it is told.
  const rule = page.getByRole('region', { name: 'كيف تُعدّ الأصوات' }).or(page.getByLabel('كيف تُعدّ الأصوات')).first();
  for (const words of ['الأول ما حصل على أكثر الأصوات.', 'الأعضاء ومن يساعدهم مسؤول', 'بعد الإغلاق']) await rule.getByText(words).waitFor();
  await page.getByRole('link', { name: 'صوّت', exact: true }).click();
  const consultation = decodeURIComponent(new URL(page.url()).hash.split('/')[4]);
  await page.locator('[data-until="2099-12-06T18:00"]').waitFor();
  await page.getByRole('radio', { name: /السبت/u }).check();
  await page.getByRole('button', { name: 'التالي' }).click();
  await page.getByRole('button', { name: 'سلّم الجواب' }).click();
  await until('Amina’s ballot is in', async () => (await amina.call('my_response', { space, consultation })) !== null);

  await page.waitForURL((url) => url.hash.endsWith(`/consultation/${encodeURIComponent(consultation)}`));
  // Until the close nothing is told, and the page says so.
  await visit(page, `#/space/${space}/consultation/${consultation}/outcome`);
  await page.getByText('تظهر النتيجة بعد إغلاق التصويت.').waitFor();
  assert.equal(await page.locator('[data-hash]').count(), 0, 'a hash is told before the close');

  // Nor under the figures, which would otherwise say that nobody answered.
  await visit(page, `#/space/${space}/consultation/${consultation}/results`);
  await page.getByText('تظهر النتيجة بعد إغلاق التصويت.').waitFor();
  assert.equal(await page.getByText('لم يجب أحد عن هذا السؤال').count(), 0, 'nobody is said to have answered');

  await castByCall(bilal, space, consultation, 'السبت');
  await until('Bilal’s ballot is with Amina', async () => (await amina.call('outcome', { space, consultation })).counted.all === 2);
  await visit(page, `#/space/${space}/consultation/${consultation}`);
  await page.getByRole('button', { name: 'أغلقها' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'أغلقها' }).click();
  await page.getByRole('link', { name: 'النتيجة' }).last().click();

  const hash = await recount(page);
  await page.getByText(/حصل «.*السبت.*» على أكثر الأصوات/u).waitFor();
  found.push(...(await faults(page)).map((fault) => `outcome: ${fault}`));

  await page.locator('[data-unsigned]').getByText('لم يوقّعه مسؤول بعد').waitFor();
  // Nobody but her may sign here, so it says how that is mended.
  await page.locator('[data-alone]').waitFor();

  // Amina signs; Bilal, on his own device, counts again and gets the same.
  await page.getByRole('button', { name: 'توقيع النتيجة' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'توقيع النتيجة' }).click();
  await until('the close and the signature are with Bilal', async () => {
    const { phase, stated } = await bilal.call('outcome', { space, consultation });
    return phase === 'closed' && stated.length === 1;
  });
  const other = await open(browser, bilal.url, complaints, PHONE);
  // After the close each voter is told whether their own ballot is among those that count.
  await visit(other, `#/space/${space}/consultation/${consultation}`);
  await other.getByText('إنه بين ما يُحسب').waitFor();
  assert.equal(await other.getByRole('button', { name: 'اسحب جوابي' }).count(), 0, 'what is closed is offered to be taken back');
  await visit(other, `#/space/${space}/consultation/${consultation}/outcome`);
  assert.equal(await recount(other), hash, 'two devices count to different hashes');
  await other.getByText('الرقم نفسه هنا').waitFor();
  // On paper there is the outcome, and nothing to press.
  await other.emulateMedia({ media: 'print' });
  assert.equal(await other.locator('button, a.button, select, nav').filter({ visible: true }).count(), 0, 'what is pressed is printed');
  await other.getByText(/حصل «.*السبت.*» على أكثر الأصوات/u).first().waitFor();
  await other.emulateMedia({ media: null });
  // One signature is not two.
  await other.locator('[data-unsigned]').getByText(/وقّعه .*Amina/u).waitFor();
  found.push(...(await days(amina, page, space)).map((fault) => `days: ${fault}`));
  found.push(...(await fewest(amina, page, space)).map((fault) => `fewest: ${fault}`));
  assert.deepEqual(found, [], 'axe found faults');
  return hash;
}

/** Opening and announcing the day are two acts: where the second is lost, trying again does not open anew. */
async function announcedAgain(page, complaints) {
  const before = complaints.length;
  let lost = 0;
  const lose = (route) => {
    if (lost > 0 || !(route.request().postData() ?? '').includes('"open_until"')) return route.continue();
    lost += 1;
    return route.abort();
  };
  await page.route('**/api', lose);
  const open = page.getByRole('dialog').getByRole('button', { name: 'افتحها للأجوبة' });
  await open.click();
  await page.getByText(/تعذّر إعلان الموعد الأخير/u).waitFor();
  assert.equal(lost, 1);
  // The browser itself says that a request failed.
  assert.ok(complaints.splice(before).every((one) => one.includes('ERR_FAILED')), 'the page complained of something else');
  // It is open by now, so what is left to do is the day alone.
  await page.getByRole('dialog').getByRole('button', { name: 'وقّعه', exact: true }).click();
  await page.unroute('**/api', lose);
}

/** Finding a day is answered in words, and what was touched is what is counted. */
async function days(replica, page, space) {
  const option = (label) => ({ id: 0, label, project: null });
  const kind = { type: 'points', options: [option('السبت'), option('الأحد')], each: 2, all: 0, squared: false };
  const question = { id: '', label: 'أي يوم؟', hint: '', required: true, kind };
  const draft = { title: 'أي يوم؟', description: '', audience: '', stage: 'decide', questions: [question] };
  const activity = { rule: { type: 'poll', kind: 'meeting' }, voters: 'everybody', shown: 'always' };
  const { consultation } = await replica.call('new_consultation', { space, draft: { ...draft, activity } });
  await replica.call('open_consultation', { space, consultation });
  await visit(page, `#/space/${space}/consultation/${consultation}/answer`);
  const day = (name) => page.getByRole('radiogroup', { name, exact: true });
  await day('السبت').getByRole('radio', { name: 'عند الحاجة' }).check();
  await day('الأحد').getByRole('radio', { name: 'نعم' }).check();
  const found = await faults(page);
  await page.getByRole('button', { name: 'التالي' }).click();
  await page.getByRole('button', { name: 'سلّم الجواب' }).click();
  const own = await until('the days are in', () => replica.call('my_response', { space, consultation }));
  await page.getByText('السبت: عند الحاجة').waitFor();
  const { form } = await replica.call('consultation', { space, consultation });
  const [saturday, sunday] = form.questions[0].kind.options.map((one) => one.id);
  const points = [
    [saturday, 1],
    [sunday, 2],
  ].sort(([one], [other]) => one - other);
  assert.deepEqual(own.answers[0].value, { type: 'points', value: points });
  await noDay(replica, page, space);
  return found;
}

/** Who names fewer options than the author asked for is told so, and hands in nothing until there are enough. */
async function fewest(replica, page, space) {
  await visit(page, `#/space/${space}/ask`);
  await begin(page, 'poll');
  await page.getByLabel('العنوان', { exact: true }).fill('أي ورشتين؟');
  await page.locator('input[type="radio"][value="approval"]').check();
  await page.getByRole('textbox', { name: 'خيار 1' }).fill('نسيج');
  await page.getByRole('textbox', { name: 'خيار 2' }).fill('خزف');
  await page.getByRole('button', { name: 'أضف خيارًا' }).click();
  await page.getByRole('textbox', { name: 'خيار 3' }).fill('نجارة');
  // A line that nobody wrote anything into is left out.
  await page.getByRole('button', { name: 'أضف خيارًا' }).click();
  await page.getByLabel('كم يُختار على الأقل').fill('٢');
  await page.getByLabel('كم يُختار على الأقل').blur();
  await page.getByRole('button', { name: 'احفظ المسودة' }).click();
  await page.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await page.getByRole('link', { name: 'صوّت', exact: true }).click();
  const consultation = decodeURIComponent(new URL(page.url()).hash.split('/')[4]);
  const { form } = await replica.call('consultation', { space, consultation });
  assert.deepEqual([form.activity.least, form.questions[0].kind.options.length], [2, 3]);
  await page.getByRole('checkbox', { name: /نسيج/u }).check();
  await page.getByRole('button', { name: 'التالي' }).click();
  await page.getByRole('alert').getByText('خياران على الأقل').waitFor();
  const found = await faults(page);
  await page.getByRole('checkbox', { name: /خزف/u }).check();
  await page.getByRole('button', { name: 'التالي' }).click();
  await page.getByRole('button', { name: 'سلّم الجواب' }).click();
  const own = await until('two workshops are in', () => replica.call('my_response', { space, consultation }));
  assert.equal(own.answers[0].value.value.length, 2);
  return found;
}

/** Whom no day suits says so by answering, and is counted as that. */
async function noDay(replica, page, space) {
  const options = ['السبت', 'الأحد', 'لا شيء من هذه'].map((label, at) => ({ id: at + 1, label, project: null }));
  const kind = { type: 'points', options, each: 2, all: 0, squared: false };
  const question = { id: '', label: 'أي يوم إذن؟', hint: '', required: true, kind };
  const activity = { rule: { type: 'poll', kind: 'meeting', none_of_these: 3 }, voters: 'everybody', shown: 'always' };
  const draft = { title: 'أي يوم إذن؟', description: '', audience: '', stage: 'decide', questions: [question], activity };
  const { consultation } = await replica.call('new_consultation', { space, draft });
  await replica.call('open_consultation', { space, consultation });
  await visit(page, `#/space/${space}/consultation/${consultation}/answer`);
  for (const name of ['السبت', 'الأحد']) await page.getByRole('radiogroup', { name, exact: true }).getByRole('radio', { name: 'لا', exact: true }).check();
  await page.getByText('أنت تقول إنه لا يناسبك أي يوم').waitFor();
  await page.getByRole('button', { name: 'التالي' }).click();
  await page.getByRole('button', { name: 'سلّم الجواب' }).click();
  await until('that no day suits is in', () => replica.call('my_response', { space, consultation }));
  await replica.call('close_consultation', { space, consultation });
  const { result } = await replica.call('outcome', { space, consultation });
  assert.equal(result.none_of_these, 1, 'no day is not counted');
}

/** The page that begins things, once for every kind, looked at by axe; nothing is left of it. */
async function everyKind(page, space) {
  const found = [];
  await visit(page, `#/space/${space}/ask`);
  for (const kind of KINDS) {
    await begin(page, kind);
    if (kind === 'budget') await tryRules(page);
    found.push(...(await faults(page)).map((fault) => `${kind}: ${fault}`));
    await page.getByRole('button', { name: 'اختيار شيء آخر' }).click();
  }
  found.push(...(await faults(page)).map((fault) => `choice: ${fault}`));
  return found;
}

/** Before anything is opened: what this rule and others would do with made-up ballots. */
async function tryRules(page) {
  await page.getByLabel('كم المال المتاح؟').fill('700');
  for (const [at, cost] of ['600', '300'].entries()) await page.getByLabel(/^الكلفة/u).nth(at).fill(cost);
  await page.getByText('انظر ماذا تفعل القاعدة').click();
  await page.getByRole('button', { name: 'عُدّ الأصوات المختلقة' }).click();
  await page.getByText('هذه القاعدة', { exact: true }).waitFor();
  // Both do not fit the money, so under some rule one of them loses.
  await page.getByText(/القاعدة هي التي تقرر في|تختاره كل القواعد/u).first().waitFor();
}

async function begin(page, kind) {
  const pick = page.locator(`[data-kind="${kind}"]`);
  const change = page.getByRole('button', { name: 'اختيار شيء آخر' });
  await pick.or(change).first().waitFor();
  if (await change.isVisible()) await change.click();
  await pick.click();
  await page.getByLabel('العنوان', { exact: true }).waitFor();
}

/** Presses Recount and gives the hash, which must be the one that was shown before. */
async function recount(page) {
  await page.getByRole('button', { name: 'إعادة العدّ' }).click();
  const again = page.locator('[data-recounted]');
  await again.waitFor();
  const hash = await again.getAttribute('data-recounted');
  const shown = page.locator('[data-hash]');
  assert.match(hash, /^[0-9a-f]{64}$/u);
  assert.equal(await shown.getAttribute('data-hash'), hash, 'the count again is another');
  assert.equal(await again.innerText(), await shown.innerText(), 'people read another number');
  await page.getByText('أُعيد العدّ: الرقم نفسه.').waitFor();
  return hash;
}

/** A ballot of another device, as a program hands it in. */
async function castByCall(replica, space, consultation, label) {
  const { form } = await until('the vote is on the other device', () => replica.call('consultation', { space, consultation }));
  const [ballot] = form.questions;
  const option = ballot.kind.options.find((one) => one.label === label);
  const answers = [{ question: ballot.id, value: { type: 'choices', value: [option.id] } }];
  await replica.call('respond', { space, consultation, answers, assisted: null, slot: null });
}
