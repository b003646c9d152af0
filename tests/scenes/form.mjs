// The form of the morning in the field: the one with most of what forms have, by those who keep the format, where it is
// beside the project; else one of the project's own that asks what the morning answers.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ask, id } from '../browser/household.mjs';

const SHARED = fileURLToPath(new URL('../../../shared/data/xlsform/xlsform_spec_test.xlsx', import.meta.url));
const YES_NO = [
  ['yes', 'Yes', 'Yes'],
  ['no', 'No', 'No'],
];

/** A draft that asks by the same names. */
function own() {
  const inside = { part_of: id(2) };
  const row = { part_of: id(6) };
  return {
    title: 'Spec test',
    description: '',
    audience: '',
    stage: 'consult',
    details: { language: 'default', languages: ['default', 'English (en)'], title: {} },
    questions: [
      ask(1, 'skip_to_end', 'single_choice', 'Skip to end', 'Skip to end', { options: YES_NO }),
      ask(2, 'everything', 'group', '', '', { rules: { relevant: "not(selected(${skip_to_end}, 'yes'))" } }),
      ask(3, 'my_name', 'text', 'Enter your name', 'Enter your name', inside),
      ask(4, 'a_integer', 'whole_number', 'a integer', 'a integer', inside),
      ask(5, 'a_decimal', 'number', 'constrained decimal', 'constrained decimal', { ...inside, rules: { constraint: '. <= ${a_integer}' } }),
      ask(6, 'repeat_test', 'repeat', 'repeat_test', 'repeat_test', { ...inside, rules: { repeat_count: '2' } }),
      ask(7, 'required_text', 'text', 'required_text', 'required_text', { ...row, required: true, required_message: { main: 'Custom required message.', others: {} } }),
      ask(8, 'list-nolabel-test', 'single_choice', 'list-nolabel-test', 'list-nolabel-test', { ...row, required: true, options: YES_NO }),
      ask(9, 'launch', 'whole_number', 'an integer result.', 'an integer result.'),
    ],
  };
}

/** The file; `ends` takes away what was made. */
export async function form(replica, ends) {
  if (existsSync(SHARED)) return SHARED;
  console.log('The form that others keep is not here: one of our own is used.');
  const { space } = await replica.call('found_space', { name: 'Forms', purpose: 'Forms', charter: '' });
  const { consultation } = await replica.call('new_consultation', { space, draft: own() });
  const { base64 } = await replica.call('write_sheet', { space, consultation });
  const folder = mkdtempSync(join(tmpdir(), 'majlis-form-'));
  ends.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'form.xlsx');
  writeFileSync(path, Buffer.from(base64, 'base64'));
  return path;
}
