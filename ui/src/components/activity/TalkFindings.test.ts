// What is said about the draft of a budget is what the node makes of it: ordered only where everybody may see the outcome.

import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';

import { FixtureBackend } from '../../../tests/fixture/backend';
import type { ConsultationView } from '../../bindings/ConsultationView';
import type { Phase } from '../../bindings/Phase';
import type { ShownName } from '../../bindings/ShownName';
import { useBackend } from '../../state/node';
import { Outcome } from '../../state/outcome.svelte';
import { Statements } from '../../state/talk.svelte';
import { say, words } from '../../state/words.svelte';
import TalkFindings from './TalkFindings.svelte';

const cases: [Phase, ShownName, 'idea.budget.wanted' | 'idea.budget.came'][] = [
  ['open', 'always', 'idea.budget.wanted'],
  ['open', 'after_voting', 'idea.budget.came'],
  ['open', 'after_close', 'idea.budget.came'],
  ['closed', 'after_close', 'idea.budget.wanted'],
];

it.each(cases)('%s, shown %s: %s', async (phase, shown, said) => {
  words.language = 'en';
  useBackend(new FixtureBackend());
  const view = { summary: { phase }, form: { title: 'Ideas', activity: { shown } } } as unknown as ConsultationView;
  const page = mount(TalkFindings, { target: document.body, props: { space: 's', view, statements: new Statements('s', 'c'), outcome: new Outcome('s', 'c') } });
  const fold = document.querySelector('details');
  if (fold !== null) fold.open = true;
  fold?.dispatchEvent(new Event('toggle'));
  flushSync();
  expect(document.body.textContent).toContain(say(said));
  await unmount(page);
  document.body.replaceChildren();
});
