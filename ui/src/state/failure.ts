// The sentence for an error, in the language in use.

import { HOST } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import type { ErrorCode } from '../bindings/ErrorCode';
import type { FormProblem } from '../bindings/FormProblem';
import type { WordKey } from '../strings';
import { say } from './words.svelte';

/** What a person reads about an error. */
export function sentenceFor(error: ApiError): string {
  if (error.code === 'unreachable' && error.detail === HOST) return say('error.host');
  if (error.code === 'no_common_space' && error.detail === 'relay') return say('sync.address.relay');
  if (error.code === 'not_secret' && error.detail !== null && error.detail in REFUSED) return say(`secret.refused.${error.detail as keyof typeof REFUSED}`);
  return say(keyFor(error.code));
}

/** Why a vote cannot be secret, as the node names it. */
const REFUSED = { kind: 0, bounds: 0, questions: 0, voters: 0, trustees: 0, threshold: 0, roll: 0, minimum: 0 } as const;

/** The sentence of a code. A code that is new in the bindings does not compile until it has one. */
function keyFor(code: ErrorCode): WordKey {
  switch (code) {
    case 'not_found':
    case 'not_allowed':
    case 'bad_input':
    case 'answer_missing':
    case 'answer_unfit':
    case 'claimed':
    case 'slip_needed':
    case 'slip_unknown':
    case 'slip_used':
    case 'several_answers':
    case 'withheld':
    case 'sealed_away':
    case 'still_open':
    case 'answers_lacking':
    case 'figures_differ':
    case 'cannot_seal':
    case 'sealed_too_long':
    case 'too_long':
    case 'sealing_unfit':
    case 'answer_breaks_rule':
    case 'not_open':
    case 'paper_only':
    case 'not_secret':
    case 'no_key':
    case 'not_on_roll':
    case 'part_gone':
    case 'ballots_unnamed':
    case 'bad_test':
    case 'bad_transcript':
    case 'form_incomplete':
    case 'bad_ticket':
    case 'bad_card':
    case 'already_joined':
    case 'unsealed_work':
    case 'only_here':
    case 'no_code':
    case 'bad_address':
    case 'unreachable':
    case 'no_common_space':
    case 'turned_away':
    case 'bad_media':
    case 'media_gone':
    case 'bad_carry_file':
    case 'not_carry_file':
    case 'newer_carry_file':
    case 'not_joined':
    case 'unreadable_file':
    case 'name_taken':
    case 'card_full':
    case 'part_too_small':
    case 'edit_unfit':
    case 'text_unreadable':
    case 'answers_unreadable':
    case 'in_use':
    case 'disk_full':
    case 'storage':
    case 'bad_call':
    case 'unauthorised':
    case 'internal':
      return `error.${code}`;
  }
}

/** What stops a draft from being opened. */
/** The question that it is about; nothing where it is about all of it. */
export function questionOf(problem: FormProblem): string | null {
  if (problem.type === 'bad_question') return problem.question;
  return problem.type === 'bad_rule' ? problem.question.question : null;
}

export function sentenceForProblem(problem: FormProblem): string {
  return problem.type === 'rule' ? say(`problem.rule.${problem.question}`) : say(`problem.${problem.type}`);
}
