// A form from its first question to its opening, by picking alone, in Arabic, on a phone.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';
import { zip } from './zip.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const WELL = 'كم عمق البئر؟';

/** Builds a form with a condition, tries it, translates it, takes it out and in, and opens it. */
export async function build(replica, space, complaints, ends) {
  await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, replica.url, complaints, PHONE);
  const found = [];
  const look = async (what) => found.push(...(await faults(page)).map((fault) => `${what}: ${fault}`));

  await visit(page, `#/space/${space}/ask`);
  const survey = page.locator('[data-kind="survey"]');
  const change = page.getByRole('button', { name: 'اختيار شيء آخر' });
  await survey.or(change).first().waitFor();
  if (await change.isVisible()) await change.click();
  await survey.click();
  await page.getByLabel('العنوان', { exact: true }).fill('الماء في بيوتنا');

  await page.getByRole('button', { name: 'أضف سؤالًا' }).click();
  await look('kinds');
  await page.locator('[data-add="single_choice"]').click();
  const first = page.getByRole('region', { name: 'السؤال 1', exact: true });
  await first.getByLabel('السؤال', { exact: true }).fill('من أين ماؤكم؟');
  await first.getByRole('textbox', { name: 'خيار 1' }).fill('بئر');
  await first.getByRole('textbox', { name: 'خيار 2' }).fill('حنفية');
  await first.getByRole('checkbox', { name: 'لا بدّ من جواب' }).check();

  await page.getByRole('button', { name: 'أضف سؤالًا' }).click();
  await page.locator('[data-add="whole_number"]').click();
  const second = page.getByRole('region', { name: 'السؤال 2', exact: true });
  await second.getByLabel('السؤال', { exact: true }).fill(WELL);
  await second.getByRole('button', { name: 'أضف شرطًا' }).click();
  await second.getByRole('combobox', { name: 'الجواب', exact: true }).selectOption({ label: 'بئر' });
  await second.locator('.if').waitFor();
  await look('question');

  // What is written so far survives the page.
  await until('the draft is saved', async () => (await replica.call('draft', { key: `ask/${space}` }))?.value.includes(WELL) === true);
  await until('the condition is saved', async () => (await replica.call('draft', { key: `ask/${space}` })).value.includes('${'));
  await page.reload();
  await page.getByRole('region', { name: 'السؤال 2', exact: true }).waitFor();
  await page.getByRole('region', { name: 'السؤال 2', exact: true }).getByText(/فقط إذا .*«.*من أين ماؤكم؟.*».*هو.*«.*بئر.*»/u).waitFor();

  await tryOut(page, look);
  assert.deepEqual(await replica.call('fillings', { space }), [], 'a trial was stored');

  // A second language, side by side.
  await page.getByRole('button', { name: /^اللغات/u }).click();
  await page.getByRole('button', { name: 'Français' }).click();
  await page.getByText(/[5٥].*نصوص ناقصة/u).waitFor();
  await page.getByRole('textbox', { name: /^«.?بئر.?» بـ/u }).fill('Un puits');
  await page.getByText(/[4٤].*نصوص ناقصة/u).waitFor();
  await look('languages');
  await page.getByRole('button', { name: /^الأسئلة/u }).click();

  // A question of the built-in set.
  await page.getByRole('button', { name: 'أسئلة سبق طرحها' }).click();
  await page.getByRole('searchbox').fill('عمرك');
  await look('library');
  await page.getByRole('button', { name: /كم عمرك؟/u }).click();
  await page.getByRole('region', { name: 'السؤال 3', exact: true }).waitFor();

  const folder = mkdtempSync(join(tmpdir(), 'majlis-forms-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const saved = join(folder, 'form.xlsx');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'احفظها جدولًا' }).click()]);
  await download.saveAs(saved);

  await page.getByRole('button', { name: 'احفظ المسودة' }).click();
  await page.getByRole('button', { name: 'افتحها للأجوبة' }).waitFor();
  const consultation = decodeURIComponent(new URL(page.url()).hash.split('/')[4]);
  const { form } = await replica.call('consultation', { space, consultation });
  const [water, deep, age] = form.questions;
  const rule = `\${${water.details.name}} = '${water.kind.options[0].id}'`;
  assert.equal(deep.details.rules.relevant, rule);
  assert.deepEqual(form.details.languages, ['العربية (ar)', 'Français (fr)']);
  assert.equal(age.details.label['Français (fr)'], 'Quel âge avez-vous ?');

  await page.getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'افتحها للأجوبة' }).click();
  await until('it is open', async () => (await replica.call('consultation', { space, consultation })).summary.phase === 'open');
  await answered(replica, space, consultation, water, deep);

  await takenIn(page, replica, space, saved, { rule, folder, form });
  assert.deepEqual(found, [], 'axe found faults in the builder');
}

/** The second question is there only where the first is answered with a well. */
async function tryOut(page, look) {
  await page.getByRole('button', { name: 'جرّبها' }).click();
  const screen = page.getByRole('region', { name: 'الاستمارة على هاتف' });
  const well = screen.getByRole('heading', { name: WELL });
  await screen.getByRole('radio', { name: /بئر/u }).waitFor();
  assert.equal(await well.count(), 0, 'it is asked before anything is answered');
  await screen.getByRole('button', { name: 'تحقّق من الأجوبة' }).click();
  await screen.getByText('لا بدّ من جواب هنا.').waitFor();
  await screen.getByRole('radio', { name: /بئر/u }).check();
  await well.waitFor();
  await look('trial');
  await screen.getByText('يمكن تسليم هذه الأجوبة.').waitFor();
  await screen.getByRole('radio', { name: /حنفية/u }).check();
  await well.waitFor({ state: 'detached' });
}

/** The open consultation asks as the trial did. */
async function answered(replica, space, consultation, water, deep) {
  let view = await replica.call('begin_filling', { space, consultation });
  const asks = () => view.order.includes(`/${water.details.name}`) && view.order.length;
  const [well, tap] = water.kind.options;
  for (const [option, all] of [[null, 2], [well, 3], [tap, 2]]) {
    if (option !== null) view = await replica.call('fill', { space, filling: view.filling, path: `/${water.details.name}`, value: { type: 'choices', value: [option.id] } });
    assert.equal(asks(), all, `asked with ${option?.label}`);
    assert.equal(view.changed.some((one) => one.question === deep.id && one.label === WELL), option === well);
  }
  await replica.call('drop_filling', { space, filling: view.filling });
}

/** The spreadsheet that was saved comes in again the same; a broken one says what to mend and where. */
async function takenIn(page, replica, space, saved, { rule, folder, form }) {
  await visit(page, `#/space/${space}/ask`);
  await page.locator('[data-kind="survey"]').click();
  const picker = page.locator('input[type="file"][accept^=".xlsx"]');
  await picker.setInputFiles(saved);
  await page.getByText('أُخذت الاستمارة.').first().waitFor();
  await until('what came in is saved', async () => (await replica.call('draft', { key: `ask/${space}` }))?.value.includes(rule) === true);
  assert.equal(await page.getByLabel('العنوان', { exact: true }).inputValue(), 'الماء في بيوتنا');
  await page.getByRole('region', { name: 'السؤال 2', exact: true }).locator('.if').waitFor();

  const broken = structuredClone(form);
  broken.questions[1].details.rules.relevant = "${nowhere} = '1'";
  const { base64 } = await replica.call('write_draft', broken);
  const file = join(folder, 'broken.xlsx');
  writeFileSync(file, Buffer.from(base64, 'base64'));
  await picker.setInputFiles(file);
  await page.getByText(/لا سؤال باسم .*nowhere/u).waitFor();
  await page.getByText(/ورقة .*survey.*صف .*3.*عمود .*relevant/u).waitFor();
  await replica.call('drop_draft', { key: `ask/${space}` });
  await withPictures(page, replica, space, { folder, form });
  await replica.call('drop_draft', { key: `ask/${space}` });
}

/** A ZIP with a form and its pictures: one that is damaged is named, the other is taken, and the missing one is chosen then. */
async function withPictures(page, replica, space, { folder, form }) {
  const pictured = structuredClone(form);
  const named = ['well.png', 'tap.png'];
  pictured.questions[0].details.media = [{ kind: 'image', file: named[0], language: '', blob: null }];
  pictured.questions[1].details.media = [{ kind: 'image', file: named[1], language: '', blob: null }];
  const { base64 } = await replica.call('write_draft', pictured);
  const sheet = Buffer.from(base64, 'base64');
  const small = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mPQqIgiCTGMahjVMHw1AAC3cvoBPOFbKgAAAABJRU5ErkJggg==', 'base64');
  const [whole, picture] = [join(folder, 'form.zip'), join(folder, 'well.png')];
  writeFileSync(whole, zip({ 'form/form.xlsx': sheet, 'form/~$form.xlsx': Buffer.from('open elsewhere'), 'form/well.png': small, 'form/tap.png': small }, ['form/well.png']));
  writeFileSync(picture, small);
  await page.reload();
  await visit(page, `#/space/${space}/ask`);
  await page.locator('[data-kind="survey"]').click();
  await page.locator('input[type="file"][accept^=".xlsx"]').setInputFiles(whole);
  await page.getByText(/تعذّر حفظ هذه الملفات/u).waitFor();
  const held = async () => JSON.parse((await replica.call('draft', { key: `ask/${space}` }))?.value ?? 'null')?.questions.flatMap((one) => one.details?.media.map(({ file, blob }) => [file, blob !== null]) ?? []);
  await until('the whole picture is in the form', async () => JSON.stringify(await held()) === JSON.stringify([['well.png', false], ['tap.png', true]]));
  await page.locator('input[type="file"][accept^=".zip"]').setInputFiles(picture);
  await until('the other one is in it too', async () => (await held()).every(([, there]) => there));
}
