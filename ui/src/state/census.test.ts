// Numbers of a census are read as they are typed, and only whole tables are compared.

import { describe, expect, it } from 'vitest';

import { FixtureBackend, failure } from '../../tests/fixture/backend';
import type { CensusRead } from '../bindings/CensusRead';
import type { QuestionView } from '../bindings/QuestionView';
import { Census, certain, numberOf, rowsOf } from './census.svelte';
import { useBackend } from './node';
import { mergedInto } from './talk.svelte';

const lines = [{ id: 1, label: 'a' }, { id: 2, label: 'b' }, { id: 3, label: 'c' }];

describe('numbers of a census', () => {
  it('are typed in any script, with or without blanks', () => {
    for (const text of ['5100', '5 100', '٥١٠٠', '۵۱۰۰', '5\u00a0100', '5’100']) expect(numberOf(text)).toBe(5100);
    expect([numberOf('51,5 %'), numberOf('٥١٫٥')]).toEqual([51.5, 51.5]);
    expect(numberOf('0.125')).toBe(0.125);
    expect(numberOf('  ')).toBeUndefined();
    for (const text of ['12,500', '١٢,٥٠٠', '12.500\u200f']) expect(numberOf(text)).toBeNull();
    expect(['12.345', '12.5', '12500'].map((plain) => numberOf(certain(plain)))).toEqual([12.345, 12.5, 12_500]);
    expect([numberOf('٠,١٢٥'), numberOf('12٫500')]).toEqual([0.125, 12.5]);
    for (const text of ['many', '-3', '1.2.3', '1e9', '12345678901']) expect(numberOf(text)).toBeNull();
  });

  it('keep their proportions whatever unit they are in', () => {
    expect(rowsOf(lines, { 1: '10', 3: '30' })).toEqual({ rows: [{ id: 1, people: 10 }, { id: 3, people: 30 }], wrong: [] });
    expect(rowsOf(lines, { 1: '12,5', 2: '87.5' }).rows).toEqual([{ id: 1, people: 125 }, { id: 2, people: 875 }]);
    // Read from a file and typed beside it: one unit.
    expect(rowsOf(lines, { 1: '51.5', 2: '40', 3: '8,5' }).rows.map(({ people }) => people)).toEqual([515, 400, 85]);
    expect(rowsOf(lines, { 1: '0.125', 2: '0.875' }).rows.map(({ people }) => people)).toEqual([125, 875]);
    // No room for decimals: rounded, and still in one unit.
    expect(rowsOf(lines, { 1: '3000000000', 2: '0.5' }).rows.map(({ people }) => people)).toEqual([3_000_000_000, 1]);
    expect(rowsOf(lines, { 1: '10', 2: 'x' }).wrong).toEqual([2]);
  });
});

describe('a file of a census', () => {
  it('that cannot be read takes nothing of another one along', async () => {
    const node = new FixtureBackend();
    const columns = [{ column: 1, title: 'Men' }, { column: 2, title: 'Women' }];
    const read = (column: number | null): CensusRead => ({ columns, column, strays: [], rows: [{ id: 1, people: '10' }] }) as unknown as CensusRead;
    node.answers = { put_draft: () => ({}), representation: () => [], read_census: ({ column }) => read(column ?? 1) };
    useBackend(node);
    const census = new Census('s', 'c');
    const file = (text: string): File => ({ arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer) }) as unknown as File;
    const question = { id: 'q', kind: { type: 'single_choice', options: [{ id: 1, label: 'a' }] } } as unknown as QuestionView;
    await census.take(question, file('good'));
    expect([census.columns.length, census.column, census.taken]).toEqual([2, 1, 1]);
    node.answers.read_census = () => {
      throw failure('bad_input');
    };
    await expect(census.take(question, file('bad'))).rejects.toThrow();
    expect([census.columns.length, census.column, census.taken]).toEqual([0, undefined, undefined]);
    node.answers.read_census = ({ column }) => read(column);
    await census.pick(question, 2);
    expect(node.calls.findLast(({ name }) => name === 'read_census')?.args).toMatchObject({ base64: btoa('good'), column: 2 });
  });
});

describe('a statement that was joined', () => {
  it('is with the one that the last step names', () => {
    const one = (statement: string) => ({ statement, text: statement, standing: 'merged' as const, reason: '', seed: false, mine: false, vote: null, votes: null, apart: false, may_keep_apart: false, finding: null });
    const all = [one('a'), one('b'), one('c')];
    const step = (about: string, into: string) => ({ step: '', kind: 'merged' as const, about: { type: 'statement' as const, id: about }, text: '', number: null, day: null, sources: [{ type: 'statement' as const, id: into }], by: '', time: 0 });
    expect(mergedInto(one('a'), [step('a', 'b'), step('b', 'c')], all)?.statement).toBe('b');
    expect(mergedInto(one('a'), [step('a', 'b'), step('a', 'c')], all)?.statement).toBe('c');
    expect(mergedInto(one('c'), [step('a', 'b')], all)).toBeUndefined();
    expect(mergedInto(one('a'), [step('a', 'gone')], all)).toBeUndefined();
  });
});
