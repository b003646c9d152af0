// Conditions and limits: what is picked becomes XLSForm's expression and comes back; what cannot be
// picked is left alone.

import { describe, expect, it } from 'vitest';

import type { Clause, Condition } from './condition';
import { isWhole, namesIn, readCondition, waysOf, writeCondition } from './condition';
import { plainNumber } from './expression';
import type { KindName } from './form';
import { readLimits, writeLimits } from './limits';

const KINDS: Record<string, KindName> = { water: 'single_choice', uses: 'multiple_choice', age: 'whole_number', name: 'text', born: 'date', photo: 'photo', home: 'group' };
const kindOf = (name: string): KindName | undefined => KINDS[name];
const all = (...clauses: Clause[]): Condition => ({ join: 'all', clauses });
const any = (...clauses: Clause[]): Condition => ({ join: 'any', clauses });
const clause = (question: string, how: Clause['how'], ...values: string[]): Clause => ({ question, how, values });

describe('a condition', () => {
  const pairs: [Condition, string][] = [
    [all(), ''],
    [all(clause('water', 'is', 'well')), "${water} = 'well'"],
    [all(clause('water', 'is_not', 'well')), "${water} != 'well'"],
    [all(clause('water', 'one_of', 'well', 'spring')), "(${water} = 'well' or ${water} = 'spring')"],
    [all(clause('uses', 'is', 'drink')), "selected(${uses}, 'drink')"],
    [all(clause('uses', 'is_not', 'drink')), "not(selected(${uses}, 'drink'))"],
    [all(clause('uses', 'one_of', 'drink', 'wash')), "(selected(${uses}, 'drink') or selected(${uses}, 'wash'))"],
    [all(clause('age', 'more', '17')), '${age} > 17'],
    [all(clause('age', 'least', '18'), clause('age', 'most', '65')), '${age} >= 18 and ${age} <= 65'],
    [any(clause('age', 'less', '5'), clause('water', 'is', 'none')), "${age} < 5 or ${water} = 'none'"],
    [all(clause('name', 'is', "O'Hara")), '${name} = "O\'Hara"'],
    [all(clause('name', 'is', `both ' and "`)), `\${name} = concat('both ', "'", ' and "')`],
    [all(clause('born', 'less', '2000-01-31')), "${born} < date('2000-01-31')"],
    [all(clause('photo', 'answered')), "${photo} != ''"],
    [all(clause('name', 'unanswered')), "${name} = ''"],
    [all(clause('water', 'one_of', 'well', 'spring'), clause('age', 'more', '3')), "(${water} = 'well' or ${water} = 'spring') and ${age} > 3"],
  ];

  it.each(pairs)('%j is written and read as the same', (condition, expression) => {
    expect(writeCondition(condition, kindOf)).toBe(expression);
    expect(readCondition(expression, kindOf)).toEqual(condition);
  });

  it('is read as other programs write it', () => {
    expect(readCondition(' ${ water }="well" ', kindOf)).toEqual(all(clause('water', 'is', 'well')));
    expect(readCondition("selected(${water},'well')", kindOf)).toEqual(all(clause('water', 'is', 'well')));
    expect(readCondition("(${age} >= 18) and (${water} = 'well')", kindOf)).toEqual(all(clause('age', 'least', '18'), clause('water', 'is', 'well')));
    expect(readCondition("${water} = 'well' or ${water} = 'spring'", kindOf)).toEqual(any(clause('water', 'is', 'well'), clause('water', 'is', 'spring')));
    expect(readCondition("(${age} > 3 or ${water} = 'well')", kindOf)).toEqual(any(clause('age', 'more', '3'), clause('water', 'is', 'well')));
  });

  it.each([
    '${age} + 1 > 3',
    '${age} > ${other}',
    '3 < ${age}',
    "${nobody} = 'x'",
    "not(${water} = 'well')",
    "${uses} = 'drink'",
    "${born} > '2000-01-01'",
    "${water} > 'well'",
    "${age} > 3 and (${water} = 'a' or ${age} < 9)",
    "${age} > 3 and ${water} = 'a' or ${age} < 9",
    "selected(${water}, ${name})",
    '${home} != ""',
    'count(${age}) > 1',
    '${age} >',
    "${water} = 'well",
    '(((((((((((((((((((((${age} > 1',
    'true()',
  ])('that cannot be picked is not guessed at: %s', (expression) => {
    expect(readCondition(expression, kindOf)).toBeUndefined();
  });

  it('leaves out what is not picked to the end', () => {
    const half = all(clause('age', 'more'), clause('water', 'is', 'well'), clause('nobody', 'is', 'x'), clause('age', 'more', 'many'));
    expect(writeCondition(half, kindOf)).toBe("${water} = 'well'");
    expect(isWhole(clause('water', 'is', 'a', 'b'), kindOf)).toBe(false);
    expect(isWhole(clause('water', 'more', 'a'), kindOf)).toBe(false);
  });

  it('takes digits of any script and writes those of XLSForm', () => {
    expect(writeCondition(all(clause('age', 'more', '١٨')), kindOf)).toBe('${age} > 18');
    expect(writeCondition(all(clause('age', 'more', '۱۸٫۵')), kindOf)).toBe('${age} > 18.5');
    expect(plainNumber('1e3')).toBeUndefined();
  });

  it('offers no comparison for what cannot be compared', () => {
    expect(waysOf('photo')).toEqual(['answered', 'unanswered']);
    expect(waysOf('single_choice')).not.toContain('more');
  });

  it('knows which questions it asks for', () => {
    expect(namesIn("${age} > 3 and selected(${uses}, 'x')")).toEqual(['age', 'uses']);
  });
});

describe('limits', () => {
  it.each([
    ['text', '', '', ''],
    ['text', '3', '', 'string-length(.) >= 3'],
    ['text', '3', '20', 'string-length(.) >= 3 and string-length(.) <= 20'],
    ['date', '', 'today', '. <= today()'],
    ['date', '2020-01-01', '2020-12-31', ". >= date('2020-01-01') and . <= date('2020-12-31')"],
    ['multiple_choice', '1', '3', 'count-selected(.) >= 1 and count-selected(.) <= 3'],
  ] as const)('of %s from %s to %s are written and read as the same', (kind, least, most, expression) => {
    expect(writeLimits(kind, { least, most })).toBe(expression);
    expect(readLimits(kind, expression)).toEqual({ least, most });
  });

  it('leave a half or foreign bound out', () => {
    expect(writeLimits('date', { least: 'soon', most: '' })).toBe('');
    expect(writeLimits('text', { least: '٣', most: 'x' })).toBe('string-length(.) >= 3');
    expect(writeLimits('photo', { least: '1', most: '2' })).toBe('');
  });

  it.each([
    ['text', 'regex(., "[0-9]+")'],
    ['text', 'string-length(.) > 3'],
    ['text', 'string-length(.) >= 3 or string-length(.) <= 1'],
    ['text', 'string-length(.) >= 3 and string-length(.) >= 5'],
    ['date', '. >= ${born}'],
    ['photo', '. != ""'],
  ] as const)('are not guessed at: %s %s', (kind, constraint) => {
    expect(readLimits(kind, constraint)).toBeUndefined();
  });
});
