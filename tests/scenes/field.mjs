// An officer's morning, in Arabic: a form comes from a spreadsheet, five people are asked, the program dies in the
// middle of one of them, a receipt is handed out, its holder corrects what was entered from a device of their own, and
// what the officer reads and what the spreadsheet says agree. Played with whatever hands are given: in the window, in a
// browser.

import assert from 'node:assert/strict';

import { reads } from './reads.mjs';
import { sheets } from './xlsx.mjs';

const TITLE = 'أسئلة الميدان';
/** What the five say, by the names of the questions: two answer all of it, three are in a hurry. */
const PEOPLE = [
  { house: 'البيت ١', says: { skip_to_end: 'Yes', launch: '٣' } },
  { house: 'البيت ٢', says: { skip_to_end: 'No', my_name: 'هدى', a_integer: '١٢', a_decimal: '٧٫٥', launch: '4' } },
  { house: 'البيت ٣', says: { skip_to_end: 'Yes' } },
  { house: 'البيت ٤', says: { skip_to_end: 'No', my_name: 'سالم', a_integer: '5', a_decimal: '5', launch: '9' } },
  { house: 'البيت ٥', says: { skip_to_end: 'Yes', launch: '11' } },
];
/** The numbers that were given to the last question in the end, the first of them corrected. */
const CORRECTED = 7;
const NUMBERS = [4, CORRECTED, 9, 11];
/** Which of them is being asked when the power goes. */
const POWER_FAILS_AT = 1;

/**
 * The whole morning, with a form from a file. `powerFails` ends the program and gives hands on what is opened again;
 * `another` gives hands of somebody else who joined with a ticket.
 */
export async function morning(hands, { form, powerFails, another }) {
  await begin(hands);
  await bring(hands, form);
  const place = await hands.run(() => window.location.hash);
  const asked = await interview(hands, powerFails);
  hands = asked.hands;
  const holder = await another(await invite(hands));
  await correct(holder, asked.claims[0], String(CORRECTED));
  await agree(hands, place, NUMBERS);
}

/** Starts as somebody new, in Arabic. */
export async function firstTouch(hands, name) {
  await hands.click('label', 'العربية');
  await hands.type('input', name, 'اسمك');
  await hands.click('button', 'متابعة');
}

/** Starts as somebody new, with a space of one's own. */
export async function begin(hands) {
  await firstTouch(hands, 'أمينة');
  await hands.click('a', 'أنشئ فضاءً');
  await hands.type('input', 'عين الصفا', 'اسم الفضاء');
  await hands.type('textarea', 'الماء والطرق', 'لأي غرض هو');
  await hands.click('button', 'أنشئ الفضاء');
  await hands.click('label', 'البطاقة عندي على الورق');
  await hands.click('button', 'إلى الفضاء');
  await hands.shows('الماء والطرق');
}

/** Brings the form in and opens it. */
async function bring(hands, form) {
  await hands.click('nav a', 'إضافة');
  await hands.click('a', 'استشارة');
  await hands.click('[data-kind="survey"]');
  await hands.type('textarea', TITLE, 'العنوان');
  await hands.give('input[accept^=".xlsx"]', form);
  await hands.shows('أُخذت الاستمارة.');
  await hands.click('button', 'احفظ المسودة');
  await hands.click('footer button', 'افتحها للأجوبة');
  await hands.click('dialog button', 'افتحها للأجوبة');
  await hands.shows('الاستشارة مفتوحة.');
}

/** Asks all five; `powerFails` ends the program and gives hands on what is opened again. Gives what each receipt says. */
async function interview(hands, powerFails) {
  await hands.click('a', 'أدخِل أجوبة عن آخرين');
  // On a wide screen the whole form stands on one page until somebody wants it otherwise.
  if (await hands.run(() => window.matchMedia('(width >= 50rem)').matches)) await hands.click('button', 'سؤالًا بعد سؤال');
  const claims = [];
  for (const [at, person] of PEOPLE.entries()) {
    await hands.type('input,textarea', person.house, 'لإيجاد الشخص فيما بعد (اختياري)');
    await hands.click('button', 'إلى الأسئلة');
    if (at === POWER_FAILS_AT) {
      await answer(hands, person.says, 'a_decimal');
      await hands.shows('محفوظ');
      hands = await powerFails();
      await comeBack(hands, person);
    }
    await answer(hands, person.says);
    await hands.click('label', 'وافق الشخص على أن أُدخل هذا');
    await hands.click('button', 'احفظ وأظهر الإيصال');
    await hands.find('[data-claim]');
    claims.push(await hands.run(() => document.querySelector('[data-claim]').dataset.claim));
    if (at + 1 < PEOPLE.length) await hands.click('button', 'الشخص التالي');
  }
  assert.equal(new Set(claims).size, PEOPLE.length, 'each has a code of their own');
  return { hands, claims };
}

/** The unfinished interview is offered with whom it was with, and goes on where it stopped. */
async function comeBack(hands, person) {
  await hands.shows('الآن');
  await hands.click('main a', TITLE);
  await hands.click('a', 'أدخِل أجوبة عن آخرين');
  await hands.shows('كنت قد بدأت');
  await hands.shows(person.house);
  await hands.click('button', 'تابع من حيث توقفت');
  await hands.shows('constrained decimal');
}

/** Goes from screen to screen, saying what is to be said, to the question that is named or to the end. */
async function answer(hands, says, end) {
  for (let screens = 0; screens < 90; screens += 1) {
    const asked = await paths(hands);
    const names = asked.map((path) => path.slice(path.lastIndexOf('/') + 1));
    if (end === undefined ? asked.length === 0 : names.includes(end)) return;
    for (const name of names) {
      if (name === 'required_text') await mustBeSaid(hands);
      else if (name === 'list-nolabel-test') await hands.click(field(name, 'label'), 'No');
      else if (says[name] === 'Yes' || says[name] === 'No') await hands.click(field(name, 'label'), says[name]);
      else if (says[name] !== undefined) await hands.type(field(name, 'input, textarea'), says[name]);
    }
    await onward(hands, asked);
  }
  throw new Error('there is no end to the questions');
}

/** What a control of a question is found by. */
function field(name, control) {
  return control.split(', ').map((one) => `[data-path$="/${name}"] ${one}`).join(', ');
}

/** Where what is asked on the screen stands in the form; nothing where the answers are looked over. */
function paths(hands) {
  return hands.run(() => [...document.querySelectorAll('main .questions [data-path]')].map((one) => one.dataset.path));
}

/** Nobody goes on without what must be answered. */
async function mustBeSaid(hands) {
  const words = field('required_text', 'input, textarea');
  if ((await hands.run((control) => document.querySelector(control).value, words)) !== '') return;
  await hands.click('footer button', 'التالي');
  await hands.shows('Custom required message.');
  await hands.type(words, 'جواب');
}

/** Presses on, and waits until something else is asked. */
async function onward(hands, from) {
  await hands.click('footer button', 'التالي');
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await paths(hands)).join() !== from.join()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing came after ${from.join(', ')}\n--- instead:\n${await hands.describe()}`);
}

/** A ticket for several to take part with. */
export async function invite(hands) {
  await hands.click('nav a', 'إضافة');
  await hands.click('a', 'دعوة');
  await hands.find('main select');
  await hands.run(() => {
    const uses = document.querySelector('main select');
    uses.value = uses.options[uses.options.length - 1].value;
    uses.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await hands.click('button', 'أنشئ الدعوة');
  await hands.find('main textarea[readonly]');
  return hands.run(() => document.querySelector('main textarea[readonly]').value);
}

/** The holder of a receipt, on a device of their own: finds the answer, speaks for it, and corrects it. */
async function correct(hands, claim, number) {
  await hands.run(() => (window.location.hash = '#/claim'));
  await hands.type('input', claim.toLowerCase().replaceAll('-', ' '), 'الرمز على الإيصال');
  await hands.click('button', 'جد جوابي');
  await hands.shows('أدخله');
  await hands.click('button', 'سأتكلم عنه بنفسي');
  await hands.shows('أنت تتكلم عن هذا الجواب بنفسك');
  await hands.click('a', 'افتح جوابي');
  await hands.click('a', 'غيّر');
  await answer(hands, {}, 'launch');
  const typed = field('launch', 'input, textarea');
  await hands.clear(typed);
  await hands.type(typed, number);
  await answer(hands, {});
  await hands.click('footer button', 'سلّم التصحيح');
  // Back at the consultation, with the answer as it stands now.
  await hands.find('main a', 'غيّر');
  await hands.shows(`result.\n${number}`);
}

/** What the officer reads, once the correction has come, and what the spreadsheet says. `numbers` are the last answers, in order. */
async function agree(hands, place, numbers) {
  await hands.run((at) => (window.location.hash = `${at}/results`), place);
  await hands.shows('واحد من صاحبه نفسه');
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  await reads(hands, `المتوسط\n${mean}\n`);
  await reads(hands, `الأصغر\n${numbers.at(0)}\nالأكبر\n${numbers.at(-1)}\n`);

  await hands.click('summary', 'خذ الأجوبة معك');
  await hands.click('button', 'اكتب الملف');
  await hands.find('.path');
  const [rows] = sheets(await hands.run(() => document.querySelector('.path').textContent));
  const [head, ...people] = rows;
  const said = (person, name) => person[head.indexOf(name)] ?? '';
  assert.equal(people.length, PEOPLE.length, 'a row for each person');
  const launched = people.map((person) => said(person, 'launch')).filter((one) => one !== '');
  assert.deepEqual(launched.map(Number).sort((one, other) => one - other), numbers, 'the spreadsheet says what the page says');
  assert.deepEqual(people.map((person) => said(person, 'channel')).sort(), ['assisted', 'assisted', 'assisted', 'assisted', 'self']);
  assert.equal(people.filter((person) => said(person, 'ever_corrected') === '1').length, 1, 'the correction is told of');
  const named = people.map((person) => said(person, 'everything/my_name')).filter((one) => one !== '');
  assert.deepEqual(named.sort(), ['سالم', 'هدى'], 'what was said before the power failed is there');
}
