// A form with conditions and rows, filled in on a phone in Arabic: by an officer for somebody, with the page
// killed half way, a device handed to the person, and a receipt at the end; and by a member.

import assert from 'node:assert/strict';

import { opened } from './household.mjs';
import { faults, launch, open, visit } from './page.mjs';
import { until } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, locale: 'ar' };
const CODE = '٤٣٢١';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const next = (page) => button(page, 'التالي').click();
const asked = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** Walks through all of it; gives the code of the receipt. */
export async function fill(replica, space, complaints, ends) {
  await replica.call('set_profile', { name: null, language: 'ar', settings: null });
  const consultation = await opened(replica, space);
  const browser = await launch();
  ends.push(() => browser.close());
  const place = `#/space/${space}/consultation/${consultation}`;
  const found = [];
  const look = async (page, name) => found.push(...(await faults(page)).map((fault) => `${name}: ${fault}`));

  const first = await open(browser, replica.url, complaints, PHONE);
  await visit(first, `${place}/assist`);
  await look(first, 'terms');
  await first.getByRole('radio', { name: 'على الورق' }).check();
  await first.getByRole('textbox').fill('البيت ٧');
  await button(first, 'إلى الأسئلة').click();
  await asked(first, /نسأل عن الماء/u);
  await next(first);
  // What must be answered holds back, in the form's own words.
  await asked(first, /في أي قرية/u);
  await next(first);
  await first.getByText('اختر القرية أولًا.').waitFor();
  await look(first, 'a fault');
  await first.getByRole('radio', { name: 'الحجر' }).check();
  await first.getByLabel('نفسه للشخص التالي').check();
  await next(first);
  await first.getByRole('textbox', { name: /اسم رب الأسرة/u }).fill('هدى');
  await next(first);
  await first.getByRole('textbox', { name: /^الاسم/u }).fill('سلمى');
  await next(first);
  // Digits of both scripts; a constraint speaks Arabic; what is asked depends on the age.
  await first.getByRole('textbox', { name: /عمر.*سلمى/u }).fill('١٤٠');
  await next(first);
  await first.getByText('لا أحد عمره فوق ١٢٠.').waitFor();
  await first.getByRole('textbox', { name: /عمر.*سلمى/u }).fill('١٢');
  await next(first);
  await asked(first, /هل يذهب إلى المدرسة/u);
  await first.getByText('محفوظ', { exact: true }).waitFor();

  // The page dies without a word.
  const [held] = await until('the answers are on the disk', async () => {
    const all = await replica.call('fillings', { space });
    return all.some((one) => one.answered === 4) && all;
  });
  assert.equal(held.consultation, consultation);
  await first.context().close();
  const page = await open(browser, replica.url, complaints, PHONE);
  await visit(page, `${place}/assist`);
  await page.getByRole('heading', { name: 'كنت قد بدأت' }).waitFor();
  await page.getByText('البيت ٧').waitFor();
  await look(page, 'offer');
  await button(page, 'تابع من حيث توقفت').click();
  await asked(page, /هل يذهب إلى المدرسة/u);
  await button(page, 'السابق').click();
  assert.equal(await page.getByRole('textbox', { name: /عمر.*سلمى/u }).inputValue().then(latin), '12');
  await next(page);

  await handOver(page, look);
  return finish(replica, page, { space, consultation, place, found, look });
}

/** In the person's hands only the questions can be reached, whatever is tried, until the code is given. */
async function handOver(page, look) {
  await button(page, 'أعطِه للشخص').click();
  await page.getByRole('textbox', { name: 'رمز لاستعادته' }).fill(CODE);
  await page.getByRole('dialog').getByRole('button', { name: 'أعطِه', exact: true }).click();
  await asked(page, /هل يذهب إلى المدرسة/u);
  // Photos are kept in the space of the address, so the address stays.
  await page.evaluate(() => (window.location.hash = '#/now'));
  await page.waitForFunction(() => window.location.hash.endsWith('/assist'));
  await page.evaluate(() => (window.location.hash = '#/me'));
  await page.reload();
  await asked(page, /هل يذهب إلى المدرسة/u);
  assert.equal(await page.getByRole('navigation').count(), 0, 'the pages can be reached');
  assert.equal(await page.getByRole('link').count(), 0, 'something leads away');
  await look(page, 'handed over');
  await page.getByRole('radio', { name: 'نعم' }).check();
  await next(page);
  // A second person of the household.
  await button(page, 'أضف آخر').click();
  await page.getByText(/2.* من .*2/u).first().waitFor();
  await page.getByRole('textbox', { name: /^الاسم/u }).fill('كريم');
  await next(page);
  await page.getByRole('textbox', { name: /عمر.*كريم/u }).fill('40');
  await next(page);
  await asked(page, 'فرد');
  for (let at = 0; at < 4; at += 1) await next(page);
  // Who has signed goes on: nothing else need be pressed.
  await sign(page);
  await next(page);
  await button(page, 'انتهيت').click();
  await button(page, 'للمسؤول').last().click();
  await page.getByLabel('رمزك').fill('1111');
  await button(page, 'استعده').click();
  await page.getByText('ليس هذا هو الرمز.').waitFor();
  await page.getByLabel('رمزك').fill('4321');
  await button(page, 'استعده').click();
  await page.getByRole('navigation').first().waitFor();
}

/** Writes with the finger on the glass. */
async function sign(page) {
  const glass = page.locator('canvas');
  await glass.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await glass.boundingBox();
  await page.mouse.move(x + width * 0.2, y + height * 0.5);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.8, y + height * 0.3, { steps: 5 });
  await page.mouse.up();
}

/** The officer looks it over, saves it, shows the receipt, and the next person begins with what stays. */
async function finish(replica, page, { space, consultation, place, found, look }) {
  await asked(page, 'راجع أجوبتك');
  await page.getByText('كريم').first().waitFor();
  // Without the person's agreement nothing is recorded by the way.
  await page.getByText('لم يوافق الشخص، أو لم تُوضع العلامة').waitFor();
  await button(page, 'احفظ وأظهر الإيصال').click();
  await page.getByText('هل تسجّله بلا موافقة الشخص؟').waitFor();
  await look(page, 'consent');
  await button(page, 'إلغاء').click();
  await page.getByLabel(/وافق/u).check();
  await page.getByText('لم يوافق الشخص، أو لم تُوضع العلامة').waitFor({ state: 'detached' });
  await look(page, 'check');
  await button(page, 'احفظ وأظهر الإيصال').click();
  const receipt = page.locator('[data-claim]');
  await receipt.waitFor();
  await page.getByRole('img', { name: 'رمز للشخص' }).waitFor();
  await look(page, 'receipt');
  // On paper there is the receipt alone, with what to do with it.
  await page.emulateMedia({ media: 'print' });
  await page.getByText('معي إيصال').waitFor();
  assert.equal(await page.getByRole('navigation').filter({ visible: true }).count(), 0, 'more than the receipt is printed');
  assert.equal(await page.getByRole('button').filter({ visible: true }).count(), 0, 'buttons are printed');
  await page.emulateMedia({ media: null });
  const claim = await receipt.getAttribute('data-claim');
  const { responses } = await replica.call('responses', { space, consultation, mine: true, text: '', offset: 0, limit: 10 });
  assert.equal(responses.length, 1);
  assert.deepEqual(responses[0].assisted, { mode: 'paper', consent: true, note: 'البيت ٧' });
  const rows = responses[0].answers.find(({ value }) => value.type === 'rows').value.value;
  assert.deepEqual(rows.map((row) => row[1].value), [
    { type: 'number', value: '12' },
    { type: 'number', value: '40' },
  ]);
  assert.equal(responses[0].breaks_rules, false);
  assert.ok(responses[0].answers.some(({ value }) => value.type === 'photo'), 'the signature is lost');

  await button(page, 'الشخص التالي').click();
  await button(page, 'إلى الأسئلة').click();
  await page.getByText(/نسأل عن الماء|في أي قرية|اسم رب الأسرة/u).first().waitFor();
  const sheet = await until('the next sheet is begun', async () => (await replica.call('fillings', { space }))[0]);
  assert.equal(sheet.answered, 1, 'the village stays for the next person');
  await visit(page, `${place}/day`);
  await look(page, 'day');
  await until('a sheet that nobody touched is gone', async () => (await replica.call('fillings', { space })).length === 0);
  // Whoever comes back to the page begins with what stays, too.
  await visit(page, `${place}/assist`);
  await until('a sheet is begun by itself, in which the village stays', async () => (await replica.call('fillings', { space }))[0]?.answered === 1);
  await visit(page, `${place}/day`);
  await until('that one is gone too', async () => (await replica.call('fillings', { space })).length === 0);
  assert.deepEqual(found, [], 'axe found faults');
  return claim;
}

/** Digits as a program reads them. */
function latin(text) {
  return text.replace(/[٠-٩]/gu, (digit) => String(digit.charCodeAt(0) - 0x660));
}
