// Files that come with a spreadsheet: chosen beside it, or in the ZIP that other programs hand out. What the
// form names of them is kept with it, and what is not there is told.

import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { MediumView } from '../bindings/MediumView';
import { keepPhoto, keepSound } from './media.svelte';

/** What may be unpacked of one file, and of how many entries a list is read. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 5_000;
const SHEET = /\.(xlsx|xls|ods)$/iu;

/** A file by its plain name, read when it is needed. */
export interface Beside {
  name: string;
  open: () => Promise<File>;
}

/** Why chosen files are not read: a key of a sentence. */
export class NoSheet extends Error {
  readonly why: 'none' | 'several' | 'zip';

  constructor(why: 'none' | 'several' | 'zip') {
    super(why);
    this.why = why;
  }
}

/** The last part of a path, as either kind of system writes it. */
function plainName(path: string): string {
  return path.split(/[/\\]/u).at(-1) ?? '';
}

/** All chosen files, those inside of ZIP files too. */
export async function besides(files: readonly File[]): Promise<Beside[]> {
  const all: Beside[] = [];
  for (const file of files) {
    if (file.name.toLowerCase().endsWith('.zip')) all.push(...(await entries(file)));
    else all.push({ name: plainName(file.name), open: () => Promise.resolve(file) });
  }
  return all;
}

/** The one spreadsheet among them. */
export async function sheetAmong(all: readonly Beside[]): Promise<File> {
  const sheets = all.filter(({ name }) => SHEET.test(name));
  const [one] = sheets;
  if (one === undefined) throw new NoSheet('none');
  if (sheets.length > 1) throw new NoSheet('several');
  return one.open();
}

interface Named {
  medium: MediumView;
  /** A small picture is enough for an option. */
  small: boolean;
}

/** Pictures and sounds that a form names and does not hold. */
function lacking(draft: ConsultationDraft): Named[] {
  const of = (media: readonly MediumView[] | undefined, small: boolean): Named[] =>
    (media ?? []).filter(({ kind, blob }) => blob === null && kind !== 'video').map((medium) => ({ medium, small }));
  return draft.questions.flatMap((question) => [
    ...of(question.details?.media, false),
    ...('options' in question.kind ? question.kind.options : []).flatMap((option) => of(option.details?.media, true)),
  ]);
}

/** The names of those, each once. */
export function missingFiles(draft: ConsultationDraft): string[] {
  return [...new Set(lacking(draft).map(({ medium }) => medium.file))];
}

/** Puts files into the draft that it names; answers how many, and which are nothing that can be kept. */
export async function takeFiles(draft: ConsultationDraft, all: readonly Beside[]): Promise<{ taken: number; bad: string[] }> {
  const exact = new Map(all.map((one) => [one.name, one]));
  // Cameras and telephones write endings in capitals, forms do not.
  const loose = new Map(all.map((one) => [one.name.toLowerCase(), one]));
  const kept = new Map<string, string>();
  const bad = new Set<string>();
  for (const { medium, small } of lacking(draft)) {
    const name = plainName(medium.file);
    const found = exact.get(name) ?? loose.get(name.toLowerCase());
    if (found === undefined || bad.has(medium.file)) continue;
    const key = `${medium.kind} ${String(small)} ${found.name}`;
    try {
      const blob = kept.get(key) ?? (await keep(await found.open(), medium.kind, small));
      kept.set(key, blob);
      medium.blob = blob;
    } catch (thrown) {
      if (thrown instanceof NoSheet) throw thrown;
      bad.add(medium.file);
    }
  }
  return { taken: kept.size, bad: [...bad] };
}

async function keep(file: File, kind: string, small: boolean): Promise<string> {
  const value = kind === 'audio' ? await keepSound(file, () => undefined) : await keepPhoto(file, () => undefined);
  if (value.type === 'photo') return small ? value.value.preview : value.value.full;
  if (value.type === 'sound') return value.value;
  throw new Error('neither a picture nor a sound');
}

/** What a ZIP holds, by its own list at the end. */
async function entries(zip: File): Promise<Beside[]> {
  const tail = new DataView(await zip.slice(Math.max(0, zip.size - 65_557)).arrayBuffer());
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new NoSheet('zip');
  const [count, size, from] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (count > MOST_ENTRIES || from + size > zip.size) throw new NoSheet('zip');
  const list = new DataView(await zip.slice(from, from + size).arrayBuffer());
  const all: Beside[] = [];
  let at = 0;
  for (let one = 0; one < count; one += 1) {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== 0x02014b50) throw new NoSheet('zip');
    const [locked, method] = [(list.getUint16(at + 8, true) & 1) === 1, list.getUint16(at + 10, true)];
    const [packed, whole] = [list.getUint32(at + 20, true), list.getUint32(at + 24, true)];
    const [named, extra, said] = [list.getUint16(at + 28, true), list.getUint16(at + 30, true), list.getUint16(at + 32, true)];
    const begins = list.getUint32(at + 42, true);
    if (at + 46 + named > list.byteLength) throw new NoSheet('zip');
    const path = new TextDecoder().decode(new Uint8Array(list.buffer, at + 46, named));
    const name = plainName(path);
    // Folders, and what one system writes about files for itself.
    if (name !== '' && !name.startsWith('.') && !path.startsWith('__MACOSX/')) {
      all.push({ name, open: () => (locked || whole > MOST_BYTES ? Promise.reject(new NoSheet('zip')) : unpacked(zip, { name, begins, packed, method })) });
    }
    at += 46 + named + extra + said;
  }
  return all;
}

async function unpacked(zip: File, { name, begins, packed, method }: { name: string; begins: number; packed: number; method: number }): Promise<File> {
  const head = new DataView(await zip.slice(begins, begins + 30).arrayBuffer());
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw new NoSheet('zip');
  const start = begins + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const bytes = zip.slice(start, start + packed);
  if (method === 0) return new File([bytes], name);
  if (method !== 8) throw new NoSheet('zip');
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    const reader = bytes.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      // A few bytes can become very many, whatever the list says of them.
      if (size > MOST_BYTES) throw new NoSheet('zip');
      parts.push(value);
    }
  } catch {
    throw new NoSheet('zip');
  }
  return new File(parts, name);
}
