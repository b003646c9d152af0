// A secret vote in the page: too much risk is refused, three devices make a key by being together, a device is tested,
// people vote, and two trustees open the totals.

import assert from 'node:assert/strict';

import { faults, launch, open, picture, visit } from './page.mjs';
import { Replica, until } from './replica.mjs';

const FEWEST = 'Nombre minimal de bulletins';
const FRENCH = { viewport: { width: 800, height: 1280 } };

/** Gives what each option has. */
export async function secret(amina, bilal, space, complaints, ends, program, pages) {
  const chidi = await Replica.start(program, pages, 'Chidi');
  ends.push(() => chidi.stop());
  const { ticket } = await amina.call('invite', { space, rank: 'member', uses: 1, label: '' });
  await chidi.call('join', { ticket });
  await until('Chidi is in', async () => (await amina.call('members', { space })).filter((one) => one.rank !== null).length === 3);
  await amina.call('set_profile', { name: null, language: 'fr', settings: null });
  const consultation = await drafted(amina, space);
  const at = { space, consultation };
  const browser = await launch();
  ends.push(() => browser.close());
  const page = await open(browser, amina.url, complaints, FRENCH);
  const found = [];
  const look = async (where) => found.push(...(await faults(page)).map((fault) => `${where}: ${fault}`));

  await visit(page, `#/space/${space}/consultation/${consultation}/secret`);
  const questions = page.getByRole('group');
  for (let at = 0; at < 5; at += 1) await questions.nth(at).getByRole('radio', { name: at === 1 ? 'Oui' : 'Non' }).check();
  await page.getByText('Seulement une urne en papier').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Ouvrir le vote secret' }).count(), 0, 'it is offered all the same');
  await questions.nth(1).getByRole('radio', { name: 'Non' }).check();
  for (const name of ['Amina', 'Bilal', 'Chidi']) await page.getByRole('checkbox', { name }).check();
  // A number that cannot be read opens nothing, and nothing else takes its place.
  const fewest = page.getByLabel(FEWEST);
  await fewest.fill('1,000');
  await page.getByRole('button', { name: 'Ouvrir le vote secret' }).click();
  await page.getByText('en chiffres seulement').waitFor();
  assert.deepEqual([await fewest.inputValue(), (await amina.call('consultation', at)).summary.phase], ['1,000', 'draft']);
  await look('opening');
  await picture(page, 'secret-fewest-fr');
  await fewest.fill('3');
  await page.getByRole('button', { name: 'Ouvrir le vote secret' }).click();
  await page.getByRole('button', { name: 'Je garde une part de la clé' }).click();
  for (const other of [bilal, chidi]) {
    await until('the vote is on the other device', async () => (await other.call('consultation', at)).secret);
    await other.call('keep_part', at);
  }
  // Nobody does anything further: the devices are together.
  await until('the key is made', async () => (await amina.call('secret_vote', at)).state === 'open');
  await page.getByRole('link', { name: 'Voter en secret' }).click();
  await page.getByText(/pourraient ouvrir des votes un à un/u).waitFor();
  await look('words');

  // What Amina's device seals it opens for Bilal's, which says the same; then she votes.
  await choose(page, 'Idris');
  await page.getByRole('button', { name: 'L’ouvrir pour un test' }).click();
  await page.getByText('Ce bulletin ne comptera jamais').waitFor();
  const text = await page.getByRole('textbox').inputValue();
  const { form } = await until('the key is on the other device', async () => {
    const { state } = await bilal.call('secret_vote', at);
    return state === 'open' && (await bilal.call('consultation', at));
  });
  const options = form.questions[0].kind.options;
  const checked = await bilal.call('check_test', { ...at, text });
  assert.deepEqual(checked.answer, { type: 'choices', value: [options[1].id] });
  await page.getByRole('button', { name: 'Voter de nouveau' }).click();
  await choose(page, 'Hana', true);
  const receipt = await page.locator('[data-receipt]').getAttribute('data-receipt');
  await look('sealed');
  await page.getByRole('button', { name: 'Déposer le bulletin' }).click();
  await page.getByText(receipt).first().waitFor();
  for (const [other, option] of [
    [bilal, options[0]],
    [chidi, options[1]],
  ]) {
    await until('the key is there', async () => (await other.call('secret_vote', at)).may_vote);
    const sealed = await other.call('seal_ballot', { ...at, answer: { type: 'choices', value: [option.id] } });
    await other.call('cast_ballot', { ...at, receipt: sealed.receipt });
  }
  await until('all ballots are with Amina', async () => (await amina.call('secret_vote', at)).counted === 3);
  await amina.call('close_consultation', { ...at, note: '' });
  await visit(page, `#/space/${space}/consultation/${consultation}`);
  await page.getByRole('button', { name: 'Donner ma part' }).click();
  await page.getByText('a donné sa part').waitFor();
  await look('closed');
  await until('the closing is with Bilal', async () => (await bilal.call('secret_vote', at)).mine.may_give);
  await bilal.call('give_part', { ...at, seen: null });
  await until('the totals are open', async () => (await amina.call('secret_vote', at)).state === 'known');
  await visit(page, `#/space/${space}/consultation/${consultation}/outcome`);
  await page.getByText(/Hana.* a le plus/u).waitFor();
  await look('outcome');
  const again = await chidi.call('recount', at);
  await until('Chidi counts the same', async () => {
    const here = await amina.call('outcome', at);
    return here.hash === (await chidi.call('recount', at)).hash;
  });
  assert.ok(again.lists_agree, 'the lists of a device differ from its entries');
  assert.deepEqual(found, [], 'axe found faults');
  const { result } = await amina.call('outcome', at);
  return result.options.map((one) => `${one.label} ${one.total}`).join(', ');
}

async function choose(page, name, wasRead = false) {
  if (!wasRead) await page.getByRole('button', { name: 'J’ai lu cela' }).click();
  await page.getByRole('radio', { name }).check();
  await page.getByRole('button', { name: 'Sceller le bulletin' }).click();
  await page.locator('[data-receipt]').waitFor();
}

async function drafted(amina, space) {
  const option = (label) => ({ id: 0, label, project: null });
  const question = {
    id: '',
    label: 'Qui préside ?',
    hint: '',
    required: true,
    kind: { type: 'single_choice', options: [option('Hana'), option('Idris')] },
  };
  const activity = { rule: { type: 'poll', kind: 'poll' }, voters: 'members', shown: 'always' };
  const draft = { title: 'Présidence', description: '', audience: '', stage: 'decide', questions: [question], activity };
  return (await amina.call('new_consultation', { space, draft })).consultation;
}
