// Every chart, in three languages, at the width of a telephone and of a desk: it says in words what
// it shows, has its figures as a table, and draws numbers only.

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Language } from '../../src/bindings/Language';
import { useBackend } from '../../src/state/node';
import { words } from '../../src/state/words.svelte';
import { FixtureBackend } from '../fixture/backend';
import Board from './Board.svelte';

/** Thirteen boards; statements and a ladder are two charts each. */
const CHARTS = 15;

// Ten boards of fifteen charts, in a page without a screen, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** A page without layout: everything has the width that is given, and letters are 16 high. */
function wide(width: number): void {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(width);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #seen: (entries: unknown[]) => void;
      constructor(seen: (entries: unknown[]) => void) {
        this.#seen = seen;
      }
      observe(target: Element): void {
        queueMicrotask(() => this.#seen([{ target, borderBoxSize: [{ inlineSize: 16, blockSize: 1 }] }]));
      }
      unobserve(): void {
        // Nothing was kept.
      }
      disconnect(): void {
        // Nothing was kept.
      }
    },
  );
}

let shown: Record<string, unknown> | undefined;

beforeEach(() => {
  useBackend(Object.assign(new FixtureBackend(), { saves: true }));
});

afterEach(async () => {
  if (shown !== undefined) await unmount(shown);
  shown = undefined;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

async function open(language: Language, width: number): Promise<SVGElement[]> {
  wide(width);
  words.language = language;
  shown = mount(Board, { target: document.body, props: { language } });
  await new Promise((done) => setTimeout(done, 20));
  flushSync();
  return [...document.querySelectorAll<SVGElement>('svg[role="img"]')];
}

describe.each(['ar', 'fr', 'en'] as const)('%s', (language) => {
  it.each([296, 620])('draws every chart %i wide', async (width) => {
    const charts = await open(language, width);
    expect(charts).toHaveLength(CHARTS);
    for (const chart of charts) {
      const name = chart.closest('[data-chart]')?.getAttribute('data-chart') ?? '';
      expect(chart.outerHTML, name).not.toMatch(/NaN|Infinity|undefined|\[object/u);
      expect(chart.querySelectorAll('rect, path, circle').length, name).toBeGreaterThan(3);
      expect(chart.getAttribute('aria-label')?.length, name).toBeGreaterThan(20);
    }
  });
});

it('says in words what bars show, passed tests and untold numbers too', async () => {
  await open('en', 296);
  const label = document.querySelector('[data-chart="bars-split"] svg[role="img"]')?.getAttribute('aria-label') ?? '';
  const plain = label.replace(/[\u2068\u2069]/gu, '');
  expect(plain).toContain('What does the village need first?: Quorum: 60, A new');
  expect(plain).toContain('A new well near the school: 84 (61 + 23) passed');
  expect(plain).toContain('Street lights: 8 + ? · Tizi village, consultation about water, 141 answers not passed');
  expect(plain).toContain('Cooperative olive press: fewer than 5');
});

it('shows the figures as a table, open where totals matter and on demand elsewhere', async () => {
  await open('en', 296);
  const bars = document.querySelector('[data-chart="bars-split"]');
  expect(bars?.querySelector('table')).toBeNull();
  bars?.querySelector<HTMLButtonElement>('.tools button')?.click();
  flushSync();
  expect(bars?.querySelectorAll('tbody tr').length).toBeGreaterThan(3);

  const chart = document.querySelector('[data-chart="cross-shares"]');
  const rows = [...(chart?.querySelectorAll('tbody tr') ?? [])].map((row) => [...row.children].map((cell) => cell.textContent?.replace(/[\u2068\u2069]/gu, '')));
  expect(rows).toEqual([
    ['Upper quarter', '31', '12', 'not told', 'not told'],
    ['Lower quarter, near the river', '6', '38', '21', '65'],
    ['Market', '17', 'not told', 'not told', 'not told'],
    ['All', '54', 'not told', 'not told', '130'],
  ]);
  chart?.querySelector<HTMLButtonElement>('.tools button')?.click();
  flushSync();
  expect(chart?.querySelector('table')).toBeNull();
});

it('goes through a budget step by step', async () => {
  await open('en', 296);
  const board = document.querySelector('[data-chart="budget"]');
  const press = (at: number): void => {
    board?.querySelectorAll<HTMLButtonElement>('.row button')[at]?.click();
    flushSync();
  };
  press(0);
  expect(board?.textContent).toContain('Nothing is chosen yet');
  press(1);
  expect(board?.querySelector('[aria-live]')?.textContent?.replace(/[\u2068\u2069]/gu, '').trim()).toBe('A new well near the school is chosen.');
  expect(board?.querySelector('svg[role="img"]')?.getAttribute('aria-label')).toContain('280,000');
  press(0);
  expect(board?.textContent).toContain('Nothing is chosen yet');
  press(2);
  expect(board?.textContent).toContain('Not funded');
});

it('tells where votes went in a sentence for each round', async () => {
  await open('en', 296);
  const told = [...document.querySelectorAll('[data-chart="rounds"] li')].map((one) => one.textContent?.replace(/[\u2068\u2069]/gu, ''));
  expect(told[2]).toBe('Round 3 · Fatima-Zahra Benabdallah is out. Votes move on: 19 to Khadija Oubellal, 8 to Brahim Ait Lahcen, and 6 have no further choice.');
});
