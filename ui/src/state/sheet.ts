// Forms as spreadsheets: read into a draft, with what there is to say in the language in use, and written.

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { SheetMessage } from '../bindings/SheetMessage';
import type { SheetRead } from '../bindings/SheetRead';
import type { StageName } from '../bindings/StageName';
import { catalogues, fill } from '../strings';
import { handedIn } from './activity';
import { fromBase64, saveFile, toBase64 } from './files';
import { ask } from './node';
import { number, say, words } from './words.svelte';

export async function readSheet(file: File, stage: StageName): Promise<SheetRead> {
  const base64 = toBase64(new Uint8Array(await file.arrayBuffer()));
  return ask('read_sheet', { name: file.name, base64, language: null, stage });
}

/** Saves the draft as a spreadsheet, named as it is called; answers where, if not in a browser. */
export async function saveSheet(draft: ConsultationDraft): Promise<string | undefined> {
  const { name, base64 } = await ask('write_draft', handedIn(draft));
  const title = draft.title.replace(/[\\/:*?"<>|]/gu, ' ').trim().slice(0, 80);
  return saveFile(title === '' ? name : `${title}.xlsx`, new Blob([fromBase64(base64)], { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }));
}

/** Where it is, in the language in use. */
export function placeOfSheet({ sheet, row, column }: SheetMessage): string {
  const parts = [
    ...(sheet === null ? [] : [say('sheet.at.sheet', { sheet })]),
    ...(row === null ? [] : [say('sheet.at.row', { row: number(row) })]),
    ...(column === null ? [] : [say('sheet.at.column', { column })]),
  ];
  return parts.join(words.language === 'ar' ? '، ' : ', ');
}

/** What it is and what to do; a code that is newer than this page is told in English. */
export function sentenceForSheet({ code, values, message, advice }: SheetMessage): string {
  const key = `sheet.say.${code}`;
  const own: Readonly<Record<string, string>> = catalogues[words.language].words;
  const sentence = own[key];
  if (sentence === undefined) return `${message}; ${advice}`;
  const all = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']));
  // Signs of an expression have no direction of their own.
  for (const name of ['expression', 'opened', 'found']) if (all[name] !== undefined) all[name] = `\u2066${all[name]}\u2069`;
  const why = own[`sheet.why.${all['reason']}`];
  const at = all['at'] === undefined ? {} : { at: number(Number(all['at']) + 1) };
  // Why comes before what to do about it, which closes the sentence.
  const said = [fill(sentence, all), ...(why === undefined ? [] : [fill(why, { ...all, ...at })])].join(' ');
  const meant = all['meant'];
  return meant === undefined || meant === '' ? said : `${said} ${say('sheet.meant', { meant })}`;
}
