// A village shares out its money, in Arabic, while some of it cannot reach the rest: one starts the vote, three vote on
// three devices, and when they have met again each counts again and reads the same.

import assert from 'node:assert/strict';

import { reads } from './reads.mjs';

const TITLE = 'مال القرية';
const MONEY = '1000';
const PROJECTS = [
  ['بئر', '600'],
  ['مصابيح', '400'],
  ['مقعد', '300'],
];
/** What each of the three wants. Together two of the projects get the money, by each of the rules offered. */
const WANTS = [['بئر', 'مصابيح'], ['بئر'], ['مصابيح', 'مقعد']];

/** Starts the vote and opens it; gives where it stands in the pages. */
export async function start(hands) {
  await hands.click('nav a', 'إضافة');
  await hands.click('a', 'استشارة');
  await hands.click('[data-kind="budget"]');
  await hands.type('textarea', TITLE, 'العنوان');
  await hands.type('input', MONEY, 'كم المال المتاح؟');
  for (const [at, [name, cost]] of PROJECTS.entries()) {
    if (at >= (await hands.run(() => document.querySelectorAll('main ol > li .head input').length))) await hands.click('main button', 'إضافة مشروع');
    await hands.type(`main ol > li:nth-child(${at + 1}) .head input`, name);
    await hands.type(`main ol > li:nth-child(${at + 1}) input.cost`, cost);
  }
  await hands.click('button', 'احفظ المسودة');
  await hands.click('footer button', 'افتحها للأجوبة');
  await hands.click('dialog button', 'افتحها للأجوبة');
  await hands.find('main a, footer a', 'صوّت');
  return hands.run(() => window.location.hash);
}

/** Votes as the one of that number. */
export async function vote(hands, place, who) {
  await go(hands, place);
  await hands.click('main a, footer a', 'صوّت');
  for (const project of WANTS[who]) await hands.click('.projects label', project);
  // On to the check: called differently where the whole ballot stands on one page.
  await hands.click('footer button:last-of-type');
  await hands.click('footer button', 'سلّم الجواب');
  await hands.find('main a', 'غيّر');
}

/** Waits until so many ballots are known here. */
export async function knows(hands, place, ballots) {
  await go(hands, place);
  await reads(hands, ['', 'جواب واحد', 'جوابان', '3 أجوبة'][ballots]);
}

/** Closes the vote. */
export async function close(hands) {
  await hands.click('button', 'أغلقها');
  await hands.click('dialog button', 'أغلقها');
  await hands.shows('مغلقة');
}

/** Counts again; gives the number that is read out. */
export async function recount(hands, place) {
  await go(hands, place);
  await hands.shows('مغلقة');
  await go(hands, `${place}/outcome`);
  await hands.click('button', 'إعادة العدّ');
  await hands.shows('أُعيد العدّ: الرقم نفسه.');
  const hash = await hands.run(() => document.querySelector('[data-recounted]').dataset.recounted);
  assert.match(hash, /^[0-9a-f]{64}$/u);
  return hash;
}

function go(hands, place) {
  return hands.run((at) => (window.location.hash = at), place);
}
