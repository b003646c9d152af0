import { expect, test } from 'vitest';

import type { FilledQuestion } from '../bindings/FilledQuestion';
import { recordings } from './aloud.svelte';

test('a question is read before what can be chosen, and pictures and missing files are passed over', () => {
  const medium = (kind: string, blob: string | null) => ({ kind, language: '', file: 'x', blob });
  const question = {
    media: [medium('image', 'picture'), medium('audio', 'asked'), medium('audio', null)],
    option_media: [
      [1, [medium('audio', 'first')]],
      [2, [medium('big-image', 'shown'), medium('audio', 'second')]],
    ],
  } as unknown as FilledQuestion;
  expect(recordings(question)).toEqual(['asked', 'first', 'second']);
});
