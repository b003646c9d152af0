// Walks through the interface as two people do, each in a browser on a node of their own: first
// start, a space, an invite, a consultation from draft to close, answers for oneself and for
// others, a text written together. Everything is done by what is on the screen.
//
// MAJLIS_URL  the addresses that two fresh `majlis serve` printed, separated by a space
// CHROMIUM    the browser (/usr/bin/chromium)

import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import process from 'node:process';

import { chromium } from 'playwright-core';

const [first, second] = (process.env.MAJLIS_URL ?? '').split(/\s+/u).filter(Boolean);
if (first === undefined || second === undefined) {
  process.stderr.write('MAJLIS_URL must hold the addresses of two fresh nodes\n');
  process.exit(2);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

/** Opens the interface; whatever the page reports as wrong ends the walk. */
async function sit(url, viewport) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce', locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(url);
  return page;
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const link = (page, name) => page.getByRole('link', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { name }).first();
const tab = (page, name) => page.getByRole('navigation').getByRole('link', { name, exact: true });

/** A number in a sentence, which is isolated from the text around it. */
const counted = (page, number, words) => page.getByText(new RegExp(`\u2068${number}\u2069 ${words}`, 'u')).first();

async function step(name, deed) {
  const begun = Date.now();
  await deed();
  process.stdout.write(`${String(Date.now() - begun).padStart(6)} ms  ${name}\n`);
}

async function begin(page, name) {
  await page.getByText('English').click();
  await page.getByLabel('Your name').fill(name);
  await button(page, 'Continue').click();
  await heading(page, 'Welcome').waitFor();
}

const ana = await sit(first, { width: 1280, height: 800 });
const bo = await sit(second, { width: 360, height: 740 });

await step('first start, on both', async () => {
  await begin(ana, 'Ana');
  await begin(bo, 'Bo');
});

await step('a space, its recovery card, then the space', async () => {
  await ana.getByRole('link', { name: 'Start a space' }).click();
  await ana.getByLabel('Name of the space').fill('Council of the spring');
  await ana.getByLabel('What it is for').fill('Water for all.');
  await ana.getByLabel('First words of the charter').fill('We decide together.');
  await button(ana, 'Start the space').click();
  await heading(ana, 'The recovery card').waitFor();
  await ana.getByLabel('I have the card on paper').check();
  await button(ana, 'Go to the space').click();
  await heading(ana, 'Council of the spring').waitFor();
  await ana.getByText('Saved here').first().waitFor();
});

let ticket = '';
await step('an invite, as code and as text', async () => {
  await tab(ana, 'Add').click();
  await ana.getByRole('link', { name: /^Invite/u }).click();
  await ana.getByText('Facilitator', { exact: true }).click();
  await button(ana, 'Make the invite').click();
  await ana.getByRole('img', { name: 'Let the other person scan this' }).waitFor();
  ticket = await ana.getByLabel('Ticket').inputValue();
  assert.match(ticket, /^[A-Z0-9:/.]+$/u);
});

await step('the other joins by it, and both meet', async () => {
  await bo.getByRole('link', { name: 'Join with a code' }).click();
  await bo.getByLabel('Ticket').fill(ticket);
  await button(bo, 'Read the ticket').click();
  await heading(bo, 'Council of the spring').waitFor();
  await bo.getByText('Invited by').waitFor();
  await button(bo, 'Join').click();
  await bo.getByText('Water for all.').waitFor({ timeout: 60_000 });
  await tab(ana, 'Space').click();
  await ana.getByRole('link', { name: /Council of the spring/u }).click();
  await ana.getByRole('link', { name: /^Members/u }).click();
  await ana.getByText('Bo', { exact: true }).waitFor();
});

await step('a consultation with every kind of question, kept while it is written', async () => {
  await tab(ana, 'Add').click();
  await ana.getByRole('link', { name: /^Consultation/u }).click();
  await ana.locator('[data-kind="survey"]').click();
  await ana.getByLabel('Title').fill('Where should the well be?');
  await ana.getByLabel('What it is about').fill('There is money for one.');
  await ana.getByLabel('Who it is for').fill('Every household');
  const kinds = [
    ['single_choice', 'Which place?'],
    ['multiple_choice', 'Who should help?'],
    ['scale', 'How urgent?'],
    ['text', 'What else?'],
    ['number', 'How many days can you help?'],
    ['date', 'From when?'],
  ];
  for (const [index, [kind, label]] of kinds.entries()) {
    await button(ana, 'Add a question').click();
    await ana.locator(`[data-add="${kind}"]`).click();
    const card = ana.getByRole('region', { name: `Question ${index + 1}`, exact: true });
    await card.getByLabel('Question', { exact: true }).fill(label);
    if (index < 2) {
      await card.getByLabel('Option 1', { exact: true }).fill(['School', 'Men'][index]);
      await card.getByLabel('Option 2', { exact: true }).fill(['Market', 'Women'][index]);
    }
    if (index === 0) await card.getByLabel('Must be answered').check();
  }
  await ana.getByRole('region', { name: 'Question 6', exact: true }).getByRole('button', { name: 'Move up' }).click();
  await ana.getByText('Saved', { exact: true }).waitFor();
  await ana.reload();
  await ana.getByRole('region', { name: 'Question 5', exact: true }).getByText('Date', { exact: true }).waitFor();
  assert.equal(await ana.getByLabel('Title').inputValue(), 'Where should the well be?');
  await button(ana, 'Save the draft').click();
  await heading(ana, 'Where should the well be?').waitFor();
});

await step('its draft is changed, then opened', async () => {
  await link(ana, 'Edit the draft').click();
  await ana.getByLabel('Who it is for').fill('Every household of the valley');
  await button(ana, 'Done').click();
  await ana.getByText('Every household of the valley').waitFor();
  await button(ana, 'Open for answers').click();
  await ana.getByRole('dialog').getByRole('button', { name: 'Open for answers' }).click();
  await ana.getByText('The consultation is open.').waitFor();
});

await step('it is asked of the other, who answers question by question', async () => {
  await tab(bo, 'Now').click();
  await link(bo, 'Answer').click();
  await bo.getByText('School').click();
  await button(bo, 'Next').click();
  await bo.getByText('Women').click();
  await button(bo, 'Next').click();
  await bo.getByRole('radio', { name: '4', exact: true }).check();
  await bo.getByText('Saved', { exact: true }).waitFor();
  await bo.reload();
  await heading(bo, 'You had begun').waitFor();
  await button(bo, 'Go on where you stopped').click();
  await bo.getByRole('textbox', { name: 'What else?' }).waitFor();
  for (let at = 0; at < 3; at += 1) await button(bo, 'Previous').click();
  assert.ok(await bo.getByLabel('School').isChecked());
  for (let at = 0; at < 3; at += 1) await button(bo, 'Next').click();
  await bo.getByRole('textbox', { name: 'What else?' }).fill('Put a lamp there.');
  await button(bo, 'Next').click();
  await bo.getByLabel('Day').selectOption('5');
  await bo.getByLabel('Month').selectOption({ index: 3 });
  await bo.getByLabel('Year').fill('2027');
  await button(bo, 'Next').click();
  await bo.getByRole('textbox', { name: 'How many days' }).fill('٣');
  await button(bo, 'Next').click();
  await heading(bo, 'Check your answers').waitFor();
  await bo.getByText('5 March 2027').waitFor();
  await button(bo, 'Hand in').click();
  await heading(bo, 'Your answer').waitFor();
});

await step('corrects it, takes it back, answers again', async () => {
  await link(bo, 'Change').click();
  await bo.getByText('Market').click();
  for (let at = 0; at < 6; at += 1) await button(bo, 'Next').click();
  await button(bo, 'Hand in the correction').click();
  await heading(bo, 'Your answer').waitFor();
  await counted(bo, 2, 'versions').waitFor();
  await button(bo, 'Take my answer back').click();
  await bo.getByRole('dialog').getByRole('button', { name: 'Take my answer back' }).click();
  await bo.getByText('You took your answer back.').first().waitFor();
  await link(bo, 'Answer').click();
  // The mandatory question is left out: it holds back once, then the check says so and leads there.
  await button(bo, 'Next').click();
  await bo.getByText('This must be answered.').waitFor();
  await button(bo, 'Leave it for later').click();
  for (let at = 0; at < 5; at += 1) await button(bo, 'Next').click();
  await button(bo, 'Hand in').click();
  await bo.getByRole('button', { name: /This must be answered/u }).click();
  await bo.getByText('Market').click();
  for (let at = 0; at < 6; at += 1) await button(bo, 'Next').click();
  await button(bo, 'Hand in').click();
  await heading(bo, 'Your answer').waitFor();
});

await step('answers for three people without a device, by keyboard', async () => {
  await link(ana, 'Enter answers for others').click();
  await heading(ana, /^Person \u20681\u2069$/u).waitFor();
  for (let person = 1; person <= 3; person += 1) {
    await ana.getByRole('radiogroup', { name: 'Which place?' }).getByRole('radio').first().focus();
    await ana.keyboard.press(person === 3 ? '2' : '1');
    await ana.getByRole('textbox', { name: 'What else?' }).fill(`Person ${person} says so.`);
    await ana.getByLabel('The person agreed that I enter this').check();
    await ana.keyboard.press('Control+Enter');
    await heading(ana, 'Code for the person').waitFor();
    if (person < 3) {
      await ana.keyboard.press('Control+Enter');
      await heading(ana, new RegExp(`^Person \u2068${person + 1}\u2069$`, 'u')).waitFor();
    }
  }
  await button(ana, 'Correct').first().click();
  await ana.getByRole('textbox', { name: 'What else?' }).fill('Corrected.');
  await button(ana, 'Check your answers').click();
  await button(ana, 'Hand in the correction').click();
  await ana.getByText('The correction is saved.').waitFor();
});

await step('results, split by channel, on both', async () => {
  await link(ana, 'Back').click();
  await link(ana, 'Results').click();
  await counted(ana, 4, 'answers').waitFor({ timeout: 30_000 });
  await ana.getByLabel('Split by channel').check();
  await counted(ana, 1, 'by the person').waitFor();
  await ana.getByText('Corrected.').waitFor();
  await link(bo, 'Results').click();
  await counted(bo, 4, 'answers').waitFor({ timeout: 30_000 });
});

await step('the answers themselves, found by a word', async () => {
  await link(ana, 'Answers').click();
  await ana.getByLabel(/^Words of the answer/u).fill('lamp');
  await ana.getByText('Put a lamp there.').first().waitFor();
});

await step('a text written by both at once', async () => {
  await tab(ana, 'Add').click();
  await ana.getByRole('link', { name: /^Document/u }).click();
  await ana.getByLabel('Title').fill('Letter');
  await button(ana, 'Start writing').click();
  await ana.locator('.ProseMirror').waitFor();
  await tab(bo, 'Space').click();
  await bo.getByRole('link', { name: /Council of the spring/u }).click();
  await bo.getByRole('link', { name: /^Letter/u }).click({ timeout: 30_000 });
  await bo.locator('.ProseMirror').waitFor();
  await ana.locator('.ProseMirror').click();
  await ana.keyboard.type('Written by Ana.');
  await bo.getByText('Written by Ana.').waitFor({ timeout: 30_000 });
  await bo.locator('.ProseMirror').click();
  await bo.keyboard.press('Control+End');
  await bo.keyboard.type(' And by Bo.');
  await ana.getByText('Written by Ana. And by Bo.').waitFor({ timeout: 30_000 });
  await link(ana, 'Versions').click();
  await ana.getByText('characters added').first().waitFor();
});

await step('search finds the text and the answer', async () => {
  await tab(ana, 'Search').click();
  await ana.getByLabel('Search everything on this device').fill('written');
  await ana.getByText('Letter').first().waitFor();
  await ana.getByLabel('Search everything on this device').fill('corrected');
  await ana.locator('mark').first().waitFor();
});

let carried = '';
await step('sync says that everything is exchanged, and the check is clean', async () => {
  await tab(ana, 'Space').click();
  await ana.getByRole('link', { name: /^Sync/u }).first().click();
  await heading(ana, 'Everything exchanged').waitFor({ timeout: 60_000 });
  await ana.getByText('Check everything').first().click();
  await button(ana, 'Check everything').click();
  await ana.getByText('Everything is in order').waitFor({ timeout: 30_000 });
  await ana.getByText('Carry file').click();
  await button(ana, 'Write a carry file').click();
  await ana.getByText('.majlis').waitFor();
  const download = ana.waitForEvent('download');
  await button(ana, 'Save a copy elsewhere').click();
  carried = await (await download).path();
  assert.ok((await stat(carried)).size > 1000);
});

await step('a carry file is taken in, and brings nothing new', async () => {
  await tab(bo, 'Add').click();
  await bo.getByRole('link', { name: /^Take in a carry file/u }).click();
  await bo.locator('input[type=file]').setInputFiles({ name: 'carried.majlis', mimeType: '', buffer: await readFile(carried) });
  await bo.getByText('Everything in it is here already.').waitFor();
  await button(bo, 'Take it in').click();
  await counted(bo, 0, 'new entries').waitFor();
});

await step('the other is made a member, and the consultation closes', async () => {
  await link(ana, 'Back').click();
  await ana.getByRole('link', { name: /^Members/u }).click();
  const card = ana.locator('details', { has: ana.getByText('Bo', { exact: true }) });
  await card.locator('summary').click();
  await card.getByRole('button', { name: 'Change the rank' }).click();
  await ana.getByRole('dialog').getByText('Member', { exact: true }).click();
  await ana.getByRole('dialog').getByRole('button', { name: 'Change the rank' }).click();
  await card.getByText('Member', { exact: true }).waitFor();
  await link(ana, 'Back').click();
  await ana.getByRole('link', { name: /Where should the well be/u }).first().click();
  await button(ana, 'Close').click();
  await ana.getByLabel('Note with the results').fill('Counted in front of Bo.');
  await ana.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await ana.getByText('Counted in front of Bo.').waitFor();
});

await step('Arabic, from right to left, dark, with large letters', async () => {
  await tab(bo, 'Me').click();
  await bo.getByText('العربية').click();
  await heading(bo, 'أنا').waitFor();
  assert.equal(await bo.locator('html').getAttribute('dir'), 'rtl');
  await bo.getByText('داكن', { exact: true }).click();
  await bo.locator('html[data-theme=dark]').waitFor();
  await bo.getByText('٠١٢٣٤٥٦٧٨٩').click();
  await bo.reload();
  await heading(bo, 'أنا').waitFor();
  assert.equal(await bo.locator('html').getAttribute('data-theme'), 'dark');
});

await browser.close();
process.stdout.write('walked all the way\n');
