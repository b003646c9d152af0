import { describe, expect, it } from 'vitest';

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import { spoken } from './languages';

const others = (label: Record<string, string>) => ({ name: '', label, properties: {}, media: [] });

function draft(): ConsultationDraft {
  return {
    title: 'الماء',
    description: '',
    audience: '',
    stage: 'consult',
    details: { language: 'العربية (ar)', languages: ['العربية (ar)', 'Français (fr)'], title: { 'Français (fr)': 'L’eau' }, description: {}, kept: '' },
    questions: [
      {
        id: 'a',
        label: 'من أين؟',
        hint: '',
        required: false,
        kind: { type: 'single_choice', options: [{ id: 1, label: 'بئر', details: others({ 'Français (fr)': 'Un puits' }) }, { id: 2, label: 'نبع' }] },
      },
    ],
  };
}

describe('a form to be read', () => {
  it('is in the language of whoever reads it as far as it speaks it, and the form stays what it is', () => {
    const form = draft();
    const french = spoken(form, 'fr');
    expect([french.title, french.questions[0]?.label]).toEqual(['L’eau', 'من أين؟']);
    expect(french.questions[0]?.kind).toMatchObject({ options: [{ label: 'Un puits' }, { label: 'نبع' }] });
    expect(form).toEqual(draft());
  });

  it('is the form itself in its own language and in one that it does not speak', () => {
    const form = draft();
    expect(spoken(form, 'ar')).toBe(form);
    expect(spoken(form, 'en')).toBe(form);
  });
});
