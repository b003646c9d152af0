// Conditions of others when a question changes under them.

import { expect, it } from 'vitest';

import type { QuestionView } from '../bindings/QuestionView';
import { askingForOption, become } from './asking';
import { detailsOf, optionsOf } from './builder';
import { freshQuestion, kindFrom } from './form';

function form(relevant: string): { one: QuestionView; other: QuestionView; all: QuestionView[] } {
  const [one, other] = [freshQuestion('single_choice'), freshQuestion('text')];
  detailsOf(one).name = 'water';
  optionsOf(one.kind).forEach((option, at) => (option.details = { name: ['well', 'river'][at] ?? '', label: {}, properties: {}, media: [] }));
  detailsOf(other).rules.relevant = relevant;
  return { one, other, all: [one, other] };
}

it('asks for one of several as it asked for the one, and back', () => {
  const { one, other, all } = form("${water} = 'well'");
  become(all, one, kindFrom('multiple_choice', one.kind));
  expect(other.details?.rules.relevant).toBe("selected(${water}, 'well')");
  become(all, one, kindFrom('single_choice', one.kind));
  expect(other.details?.rules.relevant).toBe("${water} = 'well'");
});

it('leaves a condition that the new kind cannot say, and one that was written by hand', () => {
  const { one, other, all } = form("${water} = 'well'");
  become(all, one, kindFrom('whole_number', one.kind));
  expect(other.details?.rules.relevant).toBe("${water} = 'well'");
  const hand = form("string-length(${water}) > 2");
  become(hand.all, hand.one, kindFrom('multiple_choice', hand.one.kind));
  expect(hand.other.details?.rules.relevant).toBe('string-length(${water}) > 2');
});

it('knows which conditions ask for an option', () => {
  const { one, other, all } = form("${water} = 'well'");
  const [well, river] = optionsOf(one.kind);
  if (well === undefined || river === undefined) throw new Error('there are two');
  expect(askingForOption(all, one, well)).toEqual([other]);
  expect(askingForOption(all, one, river)).toEqual([]);
});
