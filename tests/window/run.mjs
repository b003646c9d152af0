// The real window, driven as a person would use it: start a space, open a consultation and answer
// it, write in a text, lose power, and find everything there.
// Then a morning in the field. Usage: node run.mjs path/to/majlis-app path/to/majlis, on a display and a message bus of its own.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Driver } from './driver.mjs';
import { field } from './field.mjs';
import { partition } from './partition.mjs';
import { cutPower } from './process.mjs';

const program = resolve(process.argv[2] ?? 'target/debug/majlis-app');
const line = resolve(process.argv[3] ?? 'target/debug/majlis');
const data = mkdtempSync(join(tmpdir(), 'majlis-window-'));
/** What the promise gives a device to write down what was typed. */
const A_MOMENT = 1_000;

const SPACE = 'Ain Safa';
const TEXT = 'جلسنا تحت الشجرة. We sat under the tree.';
const UNFINISHED = 'A question that was never finished';

let driver = await Driver.start({ MAJLIS_DATA: data });
let window;
try {
  window = await driver.open(program);
  await firstStart();
  await consult();
  await write();
  await beginAnother();
  await sleep(A_MOMENT);
  await cutPower(program, data);
  await driver.stop();
  console.log('Power lost.');

  driver = await Driver.start({ MAJLIS_DATA: data });
  window = await driver.open(program);
  await everythingIsThere();
  await driver.stop();

  await field(program, line, (opened) => (window = opened));
  console.log('Five people were asked in Arabic, one through a power cut; who held a receipt corrected it, and the spreadsheet agrees.');

  const hash = await partition(program, line, (opened) => (window = opened));
  if (hash !== undefined) console.log(`Two windows and a browser voted apart, met, and counted to ${hash.slice(0, 16)}.`);
} catch (error) {
  await keepPicture();
  throw error;
} finally {
  await driver.stop();
  rmSync(data, { recursive: true, force: true });
}

async function firstStart() {
  await window.click('label', 'English');
  await window.type('input', 'Amina', 'Your name');
  await window.click('button', 'Continue');
  await window.click('a', 'Start a space');
  await window.type('input', SPACE, 'Name of the space');
  await window.type('textarea', 'Water and roads', 'What it is for');
  await window.click('button', 'Start the space');
  await window.click('label', 'I have the card on paper');
  await window.click('button', 'Go to the space');
  await window.shows('Water and roads');
  console.log('A space is started.');
}

async function consult() {
  await window.click('nav a', 'Add');
  await window.click('a', 'Consultation');
  await window.click('[data-kind="survey"]');
  await window.type('textarea', 'The well', 'Title');
  await window.click('button', 'Add a question');
  await window.click('[data-add="single_choice"]');
  await window.type('textarea', 'Where should it be dug?', 'Question');
  await window.type('input', 'By the school', 'Option 1');
  await window.type('input', 'By the market', 'Option 2');
  await window.click('button', 'Save the draft');
  await window.click('footer button', 'Open for answers');
  await window.click('dialog button', 'Open for answers');
  await window.click('footer a', 'Answer');
  await window.click('label', 'By the market');
  await window.click('footer button', 'Check your answers');
  await window.click('footer button', 'Hand in');
  await window.shows('Your answer is saved.');
  console.log('A consultation is open and answered.');
}

async function write() {
  await window.click('nav a', 'Add');
  await window.click('a', 'Document');
  await window.type('input', 'Minutes', 'Title');
  await window.click('button', 'Start writing');
  await window.type('[contenteditable="true"]', TEXT);
  await window.shows(TEXT);
  console.log('A text is written.');
}

/** Typed, and neither saved nor sent by any button. */
async function beginAnother() {
  await window.click('nav a', 'Add');
  await window.click('a', 'Consultation');
  await window.click('[data-kind="survey"]');
  await window.type('textarea', UNFINISHED, 'Title');
}

async function everythingIsThere() {
  await window.shows('Now');
  await window.click('nav a', 'Space');
  await window.shows(SPACE);
  await window.run(() => {
    const space = document.querySelector('main a[href^="#/space/"]');
    if (space !== null && !window.location.hash.startsWith('#/space/')) space.click();
  });
  await window.click('a', 'The well');
  await window.shows('By the market');
  await window.click('a', 'Results');
  await window.shows('Where should it be dug?');
  await window.click('button', 'As a table');
  await window.shows('By the school');
  const counted = await window.run(() => document.body.innerText);
  assert.match(counted, /By the school\s+0 .*\s+By the market\s+1 /u, 'the answer counts');
  console.log('The answer is there, and counts.');

  await window.click('nav a', 'Add');
  await window.click('a', 'Consultation');
  await window.shows(UNFINISHED);
  console.log('The unfinished consultation is there.');

  await window.click('a[aria-label="Back"]');
  await window.click('a', 'Minutes');
  await window.shows(TEXT);
  console.log('The text is there.');
}

/** A picture for whoever reads the failure. */
async function keepPicture() {
  if (window === undefined) return;
  const picture = await window.picture().catch(() => undefined);
  if (picture === undefined) return;
  const out = resolve('target/window');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'failed.png'), picture);
  console.error(`What the window showed: ${join(out, 'failed.png')}`);
}
