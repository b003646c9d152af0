// A response on its way to the device: nothing is lost, nothing is overtaken, nothing is hidden.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FixtureBackend, draftsOn, failure } from '../../tests/fixture/backend';
import { CallFailed } from '../backend';
import type { AnswerValue } from '../bindings/AnswerValue';
import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { FillingView } from '../bindings/FillingView';
import type { WrongView } from '../bindings/WrongView';
import { asAsked } from './filling';
import { Filling, toResume } from './filling.svelte';
import { keeping, toTry } from './keeping';
import { useBackend } from './node';
import { notices } from './notices.svelte';
import { Officer } from './officer.svelte';
import { Paper } from './paper.svelte';
import { Walk } from './walk.svelte';
import { say } from './words.svelte';

/** A device that asks a name, an age, and from six years on the school, and forgets nothing. */
class Device {
  readonly given = new Map<string, AnswerValue>();
  saves = 0;
  /** Whether rows are counted by an answer. */
  steered = false;
  slot: string | null = null;
  /** Questions whose answers are sealed when they are handed in. */
  sealed: readonly string[] = [];
  sent = new Map<string, string>();

  questions(): FilledQuestion[] {
    const age = Number(this.typed('/age'));
    const one = (path: string, type: 'text' | 'whole_number', wrong: WrongView | null = null): FilledQuestion => ({
      ...asAsked({ id: path, label: path, hint: '', required: false, kind: type === 'text' ? { type } : { type, min: null, max: null } }),
      path,
      page: ['/name', '/age', '/school'].indexOf(path),
      value: this.given.get(path) ?? null,
      sealed: this.sealed.includes(path),
      wrong,
    });
    const missing: WrongView | null = this.given.has('/name') ? null : { why: 'missing', message: 'a name' };
    const old: WrongView | null = age > 120 ? { why: 'constraint', message: 'too old' } : null;
    return [one('/name', 'text', missing), one('/age', 'whole_number', old), ...(age >= 6 ? [one('/school', 'text')] : [])];
  }

  typed(path: string): string {
    const value = this.given.get(path);
    return value?.type === 'text' || value?.type === 'number' ? value.value : '';
  }

  view(): FillingView {
    const now = this.questions();
    const changed = now.filter((one) => this.sent.get(one.path) !== JSON.stringify(one));
    this.sent = new Map(now.map((one) => [one.path, JSON.stringify(one)]));
    const wrong = now.filter((one) => one.wrong !== null).map((one) => one.path);
    this.saves += 1;
    return {
      readers: [],
      readers_needed: this.sealed.length > 0 ? 1 : 0,
      sealed_before: null,
      filling: 'f',
      space: 's',
      consultation: 'c',
      form_id: 'form',
      title: 'T',
      assisted: false,
      slot: this.slot,
      language: '',
      languages: [],
      order: now.map((one) => one.path),
      changed,
      repeats: [],
      steered: this.steered,
      last: '',
      answered: this.given.size,
      asked: now.length,
      wrong,
      started: 1,
      saved: this.saves,
    };
  }
}

let node: FixtureBackend;
let device: Device;
let disk: Map<string, string>;
const text = (value: string): AnswerValue => ({ type: 'text', value });
const figure = (value: string): AnswerValue => ({ type: 'number', value });

beforeEach(() => {
  vi.useFakeTimers();
  node = new FixtureBackend();
  device = new Device();
  disk = new Map();
  node.answers = {
    begin_filling: () => device.view(),
    filling: () => {
      device.sent.clear();
      return device.view();
    },
    fill: ({ path, value }) => {
      if (!device.questions().some((one) => one.path === path)) throw failure('not_found');
      if (value?.type === 'number' && !/^\d+$/u.test(value.value)) throw failure('answer_unfit');
      if (value === null) device.given.delete(path);
      else device.given.set(path, value);
      return device.view();
    },
    finish_filling: () => ({ slot: 'x', claim: null }),
    ...draftsOn(disk),
  };
  useBackend(node);
});

afterEach(() => {
  vi.useRealTimers();
});

async function begun(): Promise<Filling> {
  const filling = new Filling();
  await filling.begin({ space: 's', consultation: 'c' });
  return filling;
}

it('saves a touch at once and what is typed after a pause, once', async () => {
  const filling = await begun();
  for (const typed of ['H', 'Hu', 'Huda']) filling.fill('/name', text(typed), true);
  expect(filling.value('/name')).toEqual(text('Huda'));
  expect(filling.state).toBe('saving');
  expect(node.made('fill')).toBe(0);
  await vi.advanceTimersByTimeAsync(400);
  expect(node.made('fill')).toBe(1);
  expect(device.typed('/name')).toBe('Huda');
  expect(filling.state).toBe('saved');
});

it('shows what an answer brings with it, and takes away what it ends', async () => {
  const filling = await begun();
  filling.fill('/age', figure('12'));
  await filling.flush();
  expect([...filling.asked.keys()]).toEqual(['/name', '/age', '/school']);
  filling.fill('/age', figure('3'));
  await filling.flush();
  expect([...filling.asked.keys()]).toEqual(['/name', '/age']);
});

it('keeps what the device does not take on the screen, and says so, until it is mended', async () => {
  const filling = await begun();
  filling.fill('/age', figure('old'), true);
  expect(await filling.flush()).toBe(false);
  expect(filling.value('/age')).toEqual(figure('old'));
  expect(filling.refused.has('/age')).toBe(true);
  expect(filling.state).toBe('unsaved');
  filling.fill('/age', figure('40'), true);
  expect(await filling.flush()).toBe(true);
  expect(filling.refused.size).toBe(0);
  expect(filling.state).toBe('saved');
});

it('tries again when the device is away, and asks for everything that it missed', async () => {
  const filling = await begun();
  const { fill } = node.answers;
  // The device takes it, and its answer is lost.
  node.answers.fill = (args) => {
    void fill?.(args);
    throw failure('unreachable');
  };
  filling.fill('/age', figure('12'));
  await vi.advanceTimersByTimeAsync(10);
  expect(filling.state).toBe('unsaved');
  expect(filling.value('/age')).toEqual(figure('12'));
  if (fill !== undefined) node.answers.fill = fill;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(filling.state).toBe('saved');
  expect([...filling.asked.keys()]).toEqual(['/name', '/age', '/school']);
});

it('is not handed in while the device lacks an answer', async () => {
  const filling = await begun();
  node.answers.fill = () => {
    throw failure('unreachable');
  };
  filling.fill('/name', text('Huda'));
  await expect(filling.finish(null)).rejects.toThrow(CallFailed);
  expect(node.made('finish_filling')).toBe(0);
});

it('goes on trying when the screen is left while the device is away, and is found again with what waits', async () => {
  const filling = await begun();
  const { fill } = node.answers;
  node.answers.fill = () => {
    throw failure('unreachable');
  };
  filling.fill('/name', text('Huda'));
  await filling.letGo();
  const again = toResume('f');
  await again.resume('s', 'f');
  expect(again.value('/name')).toEqual(text('Huda'));
  await again.letGo();
  if (fill !== undefined) node.answers.fill = fill;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(device.typed('/name')).toBe('Huda');
  expect(toResume('f')).not.toBe(filling);
});

it('lets go of an answer to what is not asked any more', async () => {
  const filling = await begun();
  filling.fill('/age', figure('12'));
  await filling.flush();
  device.given.delete('/age');
  filling.fill('/school', text('yes'));
  await filling.flush();
  expect(filling.value('/school')).toBeUndefined();
  expect(filling.pending.size).toBe(0);
});

it('holds back once where something is wrong, and lets it be left for later', async () => {
  const walk = new Walk(await begun());
  walk.start();
  expect(walk.step?.name).toBe('/name');
  await walk.next();
  expect([walk.step?.name, walk.tells('/name'), walk.later]).toEqual(['/name', true, true]);
  await walk.next();
  expect(walk.step?.name).toBe('/age');
  walk.back();
  walk.filling.fill('/name', text('Huda'));
  await walk.next();
  await walk.next();
  expect(walk.checking).toBe(true);
  expect(walk.open).toEqual(['/age']);
});

it('holds back for a broken condition although leaving the field showed it already', async () => {
  const walk = new Walk(await begun());
  walk.start();
  walk.filling.fill('/name', text('Huda'));
  await walk.next();
  walk.filling.fill('/age', figure('140'), true);
  await walk.leave('/age');
  expect(walk.tells('/age')).toBe(true);
  await walk.next();
  expect(walk.step?.name).toBe('/age');
});

it('waits for what is being kept before it says that an answer is missing, and stays where it could not be', async () => {
  const walk = new Walk(await begun());
  walk.start();
  let resting: (() => void) | undefined;
  const drawn = new Promise<void>((done) => (resting = done));
  void keeping(drawn.then(() => walk.filling.fill('/name', text('signed'))), { hurry: () => resting?.() });
  await walk.next();
  expect([walk.step?.name, walk.tells('/name')]).toEqual(['/age', false]);
  void keeping(Promise.resolve(false));
  await walk.next();
  expect([walk.step?.name, walk.checking]).toEqual(['/age', false]);
  await walk.next();
  expect(walk.checking).toBe(true);
});

it('hands in nothing that lacks what could not be kept, on one page as question by question', async () => {
  const shown: (string | undefined)[] = [];
  const walk = new Walk(await begun(), (path) => shown.push(path));
  walk.whole = true;
  walk.start();
  walk.filling.fill('/name', text('Huda'));
  const field = document.createElement('div');
  field.dataset['path'] = '/age';
  const error = failure('disk_full').error;
  void keeping(Promise.resolve(false), { at: field, error: () => error });
  await walk.next();
  // Its field is not on the screen, so it is said here.
  expect([walk.checking, shown.at(-1), walk.lost]).toEqual([false, '/age', error]);
  void keeping(Promise.resolve(false), { at: field, error: () => error });
  await expect(walk.filling.finish(null)).rejects.toMatchObject({ error: { code: 'disk_full' } });
  expect(node.made('finish_filling')).toBe(0);
  // Knowing it, the person may go on.
  await walk.next();
  expect([walk.checking, walk.lost]).toEqual([true, undefined]);
});

it('lets a person go on who knows that a drawing cannot be kept, and hand in without it', async () => {
  const walk = new Walk(await begun());
  walk.start();
  walk.filling.fill('/name', text('Huda'));
  let drawing = {};
  const end = toTry(() => void keeping(Promise.resolve(false), { what: () => drawing }));
  await walk.next();
  expect([walk.step?.name, walk.lost?.code]).toEqual(['/name', 'storage']);
  await walk.next();
  expect([walk.step?.name, walk.lost]).toEqual(['/age', undefined]);
  drawing = {};
  await walk.next();
  expect([walk.step?.name, walk.lost?.code]).toEqual(['/age', 'storage']);
  // Elsewhere it is not said any more.
  walk.back();
  expect([walk.step?.name, walk.lost]).toEqual(['/name', undefined]);
  await walk.filling.finish(null);
  expect(node.made('finish_filling')).toBe(1);
  end();
});

it('holds nobody up for what another person drew, and says so by the way', async () => {
  const shown: (string | undefined)[] = [];
  const walk = new Walk(await begun(), (path) => shown.push(path));
  walk.start();
  walk.filling.fill('/name', text('Huda'));
  const field = document.createElement('div');
  [field.dataset['path'], field.dataset['filling']] = ['/name', 'of another person'];
  const end = toTry(() => void keeping(Promise.resolve(false), { at: field }));
  await walk.next();
  expect([walk.step?.name, shown.at(-1), walk.lost]).toEqual(['/age', undefined, undefined]);
  expect(notices.now?.text).toBe(say('fill.lost.other'));
  await walk.filling.finish(null);
  expect(node.made('finish_filling')).toBe(1);
  end();
});

it('does not drop a filling whose only answer is being kept', async () => {
  let resting: (() => void) | undefined;
  Object.assign(node.answers, { fillings: () => [], drop_filling: () => null });
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  const paper = new Paper('s', 'c', false);
  await paper.begin();
  const filling = paper.walk?.filling;
  const drawn = new Promise<void>((done) => (resting = done));
  void keeping(drawn.then(() => filling?.fill('/name', text('signed'))), { hurry: () => resting?.() });
  await paper.leave();
  expect(device.typed('/name')).toBe('signed');
  expect(node.made('drop_filling')).toBe(0);
});

it('stays at its question while others come before and behind it', async () => {
  const walk = new Walk(await begun());
  walk.start();
  walk.filling.fill('/name', text('Huda'));
  await walk.next();
  walk.filling.fill('/age', figure('12'));
  await walk.filling.flush();
  expect([walk.index, walk.steps.length, walk.step?.name]).toEqual([1, 3, '/age']);
  walk.check();
  walk.show('/school');
  expect([walk.checking, walk.step?.name]).toEqual([false, '/school']);
});

it('begins with papers where ballots are gathered in boxes, until an officer says otherwise', async () => {
  const officer = new Officer('s', 'boxed');
  await officer.open('paper');
  expect(officer.terms('f')).toEqual({ mode: 'paper', consent: false, note: '' });
  officer.setTerms('f', { mode: 'spoken', consent: true, note: '' });
  await officer.save();
  const later = new Officer('s', 'boxed');
  await later.open('paper');
  expect(later.mode).toBe('spoken');
});

it('gives the next person what stays, where it is asked, and nothing that was not marked', async () => {
  const officer = new Officer('s', 'c');
  await officer.open();
  const filling = await begun();
  filling.fill('/name', text('Ain Safa'));
  filling.fill('/age', figure('12'));
  filling.fill('/school', text('yes'));
  await filling.flush();
  officer.stay('/name', true);
  officer.stay('/school', true);
  expect([officer.mayStay('/name', filling), officer.mayStay('/m[2]/name', filling)]).toEqual([true, false]);
  officer.setTerms('f', { mode: 'paper', consent: true, note: 'house 7' });
  await officer.handedIn(filling);

  device = new Device();
  const later = new Officer('s', 'c');
  await later.open();
  const next = await begun();
  await later.fillIn(next);
  expect(next.value('/name')).toEqual(text('Ain Safa'));
  expect(device.given.size).toBe(1);
  expect(next.touched).toBe(false);
  // The way stays, the agreement is the person's own.
  expect(later.terms('g')).toEqual({ mode: 'paper', consent: false, note: '' });
});

it('gives the next person nothing of somebody who was corrected in between', async () => {
  const officer = new Officer('s', 'c');
  await officer.open();
  const filling = await begun();
  filling.fill('/name', text('Ain Safa'));
  await filling.flush();
  officer.stay('/name', true);
  await officer.handedIn(filling);

  device = new Device();
  device.slot = 'another';
  const correction = await begun();
  correction.fill('/name', text('Elsewhere'));
  await correction.flush();
  await officer.handedIn(correction);

  device = new Device();
  const next = await begun();
  await officer.fillIn(next);
  expect(next.value('/name')).toEqual(text('Ain Safa'));
});

it('gives the next person nothing of a paper that nobody knows', async () => {
  const officer = new Officer('s', 'boxed');
  await officer.open('paper');
  const person = await begun();
  person.fill('/name', text('Ain Safa'));
  await person.flush();
  officer.stay('/name', true);
  await officer.handedIn(person);

  device = new Device();
  const taken = await begun();
  taken.fill('/name', text('Lamp'));
  await taken.flush();
  await officer.handedIn(taken, true);

  device = new Device();
  const next = await begun();
  await officer.fillIn(next);
  expect(next.value('/name')).toEqual(text('Ain Safa'));
});

it('goes on with papers after an answer that was given otherwise is corrected', async () => {
  const officer = new Officer('s', 'boxed');
  await officer.open('paper');
  const [before, corrected] = [{ mode: 'spoken', consent: true, note: 'house 7' } as const, await begun()];
  officer.takeTerms('f', before);
  expect(officer.terms('f')).toEqual(before);
  await officer.handedIn(corrected);
  expect(officer.mode).toBe('paper');
  const later = new Officer('s', 'boxed');
  await later.open('paper');
  expect(later.mode).toBe('paper');
});

it('keeps no sealed answer for the next person, and lets go of one that was kept', async () => {
  const officer = new Officer('s', 'c');
  await officer.open();
  const before = await begun();
  before.fill('/name', text('Huda, ill'));
  before.fill('/age', figure('12'));
  await before.flush();
  before.fill('/school', text('Upper'));
  await before.flush();
  for (const path of ['/name', '/age', '/school']) officer.stay(path, true);
  await officer.handedIn(before);
  expect([...disk.values()].join()).toContain('Huda, ill');

  // Of what is asked only sometimes nobody knows whether it is sealed.
  device = new Device();
  device.sealed = ['/name', '/school'];
  const next = await begun();
  expect([officer.mayStay('/name', next), officer.mayStay('/age', next), officer.mayStay('/school', next)]).toEqual([false, true, false]);
  await officer.fillIn(next);
  expect([next.value('/name'), next.value('/age')]).toEqual([undefined, figure('12')]);
  expect([...disk.values()].join()).not.toMatch(/Huda|Upper/u);

  next.fill('/name', text('Dara, well'));
  await next.flush();
  officer.stay('/name', true);
  await officer.handedIn(next);
  await officer.save();
  expect([...disk.values()].join()).not.toContain('Dara');
  expect([...disk.values()].join()).toContain('12');
});

it('sends no half of a number that rows may be counted by', async () => {
  device.steered = true;
  const filling = await begun();
  filling.fill('/age', figure('1'), true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(device.given.has('/age')).toBe(false);
  filling.fill('/age', figure('12'), true);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(device.given.get('/age')).toEqual(figure('12'));
});

it('saves a number as soon as a text where nothing hangs on it', async () => {
  const filling = await begun();
  filling.fill('/age', figure('12'), true);
  await vi.advanceTimersByTimeAsync(400);
  expect(device.given.get('/age')).toEqual(figure('12'));
});

it('does not say that answers are saved when the device has the filling no more', async () => {
  const filling = await begun();
  node.answers.fill = () => {
    throw new CallFailed({ code: 'not_found', message: 'filling', detail: 'f' });
  };
  filling.fill('/name', text('Huda'));
  expect(await filling.flush()).toBe(false);
  expect(filling.state).not.toBe('saved');
  expect(filling.error?.code).toBe('not_found');
  expect(filling.value('/name')).toEqual(text('Huda'));
});
