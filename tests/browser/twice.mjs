// A secret vote that two stewards close apart: the result that is known stands, and every device shows the other closing
// as an alarm, in three languages.

import assert from 'node:assert/strict';

import { faults, launch, open, picture, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

const LOOKS = [
  ['ar', { viewport: { width: 360, height: 740 } }, 'أُغلق هذا التصويت أكثر من مرة'],
  ['en', {}, 'This vote was closed more than once'],
  ['fr', { viewport: { width: 800, height: 1280 }, colorScheme: 'dark' }, 'Ce vote a été clos plus d’une fois'],
];

/** Gives how many closings are shown. */
export async function twice(program, pages, complaints, ends) {
  const all = [];
  for (const name of ['Amina', 'Bilal', 'Chidi']) {
    const replica = await Replica.start(program, pages, name);
    ends.push(() => replica.stop());
    all.push(replica);
  }
  return closedTwice(all, complaints, ends);
}

async function closedTwice([amina, bilal, chidi], complaints, ends) {
  const { space } = await amina.call('found_space', { name: 'Ain Safa', purpose: 'Council', charter: '' });
  for (const other of [bilal, chidi]) {
    const { ticket } = await amina.call('invite', { space, rank: 'member', uses: 1, label: '' });
    await other.call('join', { ticket });
  }
  const members = async (replica) => (await replica.call('members', { space })).filter((one) => one.rank !== null);
  const there = await until('all are in', async () => {
    const found = await members(amina);
    return found.length === 3 && found;
  });
  const device = (name) => there.find((one) => one.name === name).device;
  await amina.call('change_rank', { space, device: device('Bilal'), rank: 'steward' });
  await until('Bilal is a steward', async () => (await members(bilal)).some((one) => one.name === 'Bilal' && one.rank === 'steward'));
  const at = { space, consultation: await drafted(amina, space) };
  const risk = { stakes: false, pressure: false, adversary: false, final: false, small: false };
  await amina.call('open_secret', { ...at, risk, trustees: ['Amina', 'Bilal', 'Chidi'].map(device), threshold: 2, minimum: 3 });
  for (const one of [amina, bilal, chidi]) {
    await until('the vote is there', async () => (await one.call('consultation', at)).secret);
    await one.call('keep_part', at);
  }
  for (const [one, choice] of [
    [amina, 0],
    [bilal, 0],
    [chidi, 1],
  ]) {
    await until('the key is there', async () => (await one.call('secret_vote', at)).may_vote);
    await cast(one, at, choice);
  }
  for (const one of [amina, bilal]) await until('all ballots are there', async () => (await one.call('secret_vote', at)).counted === 3);

  // Bilal goes away, and Chidi votes anew; Amina closes, and she and Chidi open the totals. Then Bilal closes apart, without it.
  await bilal.leave();
  const before = (await amina.call('secret_vote', at)).ballots.length;
  await cast(chidi, at, 0);
  await until('what Chidi said last is with Amina', async () => (await amina.call('secret_vote', at)).ballots.length > before);
  await amina.call('close_consultation', { ...at, note: '' });
  await amina.call('give_part', { ...at, seen: null });
  await until('the closing is with Chidi', async () => (await chidi.call('secret_vote', at)).mine.may_give);
  await chidi.call('give_part', { ...at, seen: null });
  await until('the totals are known', async () => (await amina.call('secret_vote', at)).state === 'known');
  const known = await amina.call('outcome', at);
  await amina.leave();
  await chidi.leave();
  await bilal.comeBack();
  await bilal.call('close_consultation', { ...at, note: '' });
  await amina.comeBack([bilal]);
  for (const one of [amina, bilal]) {
    await until('both closings are shown', async () => (await one.call('secret_vote', at)).closings.length === 2);
    await until('the result stands', async () => (await one.call('outcome', at)).hash === known.hash);
  }
  assert.equal((await amina.call('outcome', at)).earlier, null, 'nothing was taken back');

  const browser = await launch();
  ends.push(() => browser.close());
  const found = [];
  for (const [language, options, alarm] of LOOKS) {
    await bilal.call('set_profile', { name: null, language, settings: null });
    const page = await open(browser, bilal.url, complaints, options);
    await visit(page, `#/space/${space}/consultation/${at.consultation}`);
    await page.getByRole('alert').getByText(alarm).waitFor();
    found.push(...(await faults(page)).map((fault) => `${language}: ${fault}`));
    await picture(page, `twice-${language}`);
    await page.close();
  }
  assert.deepEqual(found, [], 'axe found faults');
  return (await bilal.call('secret_vote', at)).closings.length;
}

async function cast(replica, at, choice) {
  const { form } = await replica.call('consultation', at);
  const answer = { type: 'choices', value: [form.questions[0].kind.options[choice].id] };
  const { receipt } = await replica.call('seal_ballot', { ...at, answer });
  await replica.call('cast_ballot', { ...at, receipt });
}

async function drafted(amina, space) {
  const option = (label) => ({ id: 0, label, project: null });
  const kind = { type: 'single_choice', options: [option('Hana'), option('Idris')] };
  const question = { id: '', label: 'Who speaks for us?', hint: '', required: true, kind };
  const activity = { rule: { type: 'poll', kind: 'poll' }, voters: 'members', shown: 'always' };
  const draft = { title: 'Speaker', description: '', audience: '', stage: 'decide', questions: [question], activity };
  return (await amina.call('new_consultation', { space, draft })).consultation;
}
