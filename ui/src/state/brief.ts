// An answer in a few words, and what is wrong with one.

import type { AnswerValue } from '../bindings/AnswerValue';
import type { ApiError } from '../bindings/ApiError';
import type { FilledQuestion } from '../bindings/FilledQuestion';
import type { PlaceView } from '../bindings/PlaceView';
import type { QuestionView } from '../bindings/QuestionView';
import { sentenceFor } from './failure';
import { given } from './form';
import { calendar, decimal, list, number, say, words } from './words.svelte';

/** What fits on one line. */
const LONGEST = 60;

/** An answer on one line; empty where there is none or it cannot be told in words. */
export function brief({ kind }: Pick<QuestionView, 'kind'>, value: AnswerValue | undefined): string {
  if (!given(value)) return '';
  switch (value.type) {
    case 'text':
      return value.value.length > LONGEST ? `${value.value.slice(0, LONGEST)}…` : value.value;
    case 'number':
      return decimal(value.value);
    case 'scale':
      return number(value.value);
    case 'date':
      return calendar(value.value);
    case 'choices': {
      const options = 'options' in kind ? kind.options : [];
      return list(value.value.flatMap((id) => options.find((option) => option.id === id)?.label ?? []));
    }
    case 'time':
      return words.written(value.value.slice(0, 5));
    case 'date_time':
      return `${calendar(value.value.slice(0, 10))} ${words.written(value.value.slice(11, 16))}`;
    case 'place':
      return placeInWords(value.value);
    case 'acknowledged':
      return say('answer.yes');
    case 'sealed':
      return say('answer.sealed');
    default:
      return '';
  }
}

/** A place as people say it: degrees to the nearest metre, on which side, and how exactly it is known. */
export function placeInWords({ latitude, longitude, accuracy }: PlaceView): string {
  const degrees = (text: string): string => `${decimal(String(Math.abs(Math.round(Number(text) * 100_000) / 100_000)))}°`;
  const said = say('place.said', {
    lat: degrees(latitude),
    ns: say(Number(latitude) < 0 ? 'place.south' : 'place.north'),
    lon: degrees(longitude),
    ew: say(Number(longitude) < 0 ? 'place.west' : 'place.east'),
  });
  const metres = Math.ceil(Number(accuracy));
  return metres > 0 ? `${said} (${say('place.near', { metres: number(metres) })})` : said;
}

/** What a person reads about an answer: why the device did not take it, else what the form says of it. */
export function faultOf(question: FilledQuestion, refused: ApiError | undefined, told: boolean): string | undefined {
  if (refused !== undefined) {
    if (refused.code !== 'answer_unfit' && refused.code !== 'bad_input') return sentenceFor(refused);
    switch (question.kind.type) {
      case 'whole_number':
        return say('fill.unfit.whole');
      case 'number':
      case 'range':
        return say('fill.unfit.number');
      case 'place':
        return say('fill.unfit.place');
      case 'time':
      case 'date':
      case 'date_time':
        return say('fill.unfit.time');
      default:
        return sentenceFor(refused);
    }
  }
  const wrong = question.wrong;
  if (!told || wrong === null) return undefined;
  return wrong.message ?? say(`fill.wrong.${wrong.why}`);
}
