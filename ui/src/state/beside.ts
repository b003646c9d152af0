// Files that come with a spreadsheet: chosen beside it, or in the ZIP that other programs hand out. What the
// form names of them is kept with it, and what is not there is told.

import { errorOf } from '../backend';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { MediumView } from '../bindings/MediumView';
import { keepPhoto, keepSound } from './media.svelte';

/** What may be unpacked of one file, and of how many entries a list is read. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 5_000;
const MOST_LIST = 8 * 1024 * 1024;
/** What an entry says of itself: that it is locked, and that its name is in Unicode. */
const [LOCKED, UTF8] = [0x1, 0x800];
const SHEET = /\.(xlsx|xls|ods)$/iu;
/** The upper half of the letters that names in a ZIP had before Unicode. */
const OLD_LETTERS =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

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

/** The last part of a path, as either kind of system writes it; letters with their marks in one, as forms have them. */
function plainName(path: string): string {
  return (path.split(/[/\\]/u).at(-1) ?? '').normalize('NFC');
}

/** What a system or a program writes about files for itself, and folders. */
function isOwn(name: string): boolean {
  return name === '' || name.startsWith('.') || name.startsWith('~$');
}

/** All chosen files, those inside of ZIP files too. */
export async function besides(files: readonly File[]): Promise<Beside[]> {
  const all: Beside[] = [];
  for (const file of files) {
    if (file.name.toLowerCase().endsWith('.zip')) all.push(...(await entries(file)));
    else all.push({ name: plainName(file.name), open: () => Promise.resolve(file) });
  }
  return all.filter(({ name }) => !isOwn(name));
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

/** What files became, each found again by what a form says of it. */
export type Kept = ReadonlyMap<string, string>;

export interface TakenFiles {
  kept: Kept;
  /** How many different files those are. */
  taken: number;
  /** What is nothing that can be kept. */
  bad: string[];
  /** Names that several files have: which of them is meant, nobody can say. */
  twice: string[];
  /** There is no room for more: what is still missing can be chosen when there is. */
  full: boolean;
}

function keyOf({ medium, small }: Named): string {
  return `${medium.kind} ${String(small)} ${medium.file}`;
}

/** The file that a form names: exactly, or else with other capitals, as cameras and telephones write endings. */
function named(all: readonly Beside[], file: string): readonly Beside[] {
  const name = plainName(file);
  const exact = all.filter((one) => one.name === name);
  return exact.length > 0 ? exact : all.filter((one) => one.name.toLowerCase() === name.toLowerCase());
}

/** Keeps in a space those files that the draft names and does not hold; one that cannot be kept is no reason to leave the others. */
export async function keepFiles(draft: ConsultationDraft, all: readonly Beside[], space: string): Promise<TakenFiles> {
  const [kept, files] = [new Map<string, string>(), new Map<string, string>()];
  const [bad, twice] = [new Set<string>(), new Set<string>()];
  for (const one of lacking(draft)) {
    const { medium, small } = one;
    const [found, another] = named(all, medium.file);
    if (found === undefined || bad.has(medium.file)) continue;
    if (another !== undefined) {
      twice.add(medium.file);
      continue;
    }
    const key = `${medium.kind} ${String(small)} ${found.name}`;
    try {
      const blob = files.get(key) ?? (await keep(await found.open(), medium.kind, small, space));
      files.set(key, blob);
      kept.set(keyOf(one), blob);
    } catch (thrown) {
      if (errorOf(thrown).code === 'disk_full') return { kept, taken: files.size, bad: [...bad], twice: [...twice], full: true };
      bad.add(medium.file);
    }
  }
  return { kept, taken: files.size, bad: [...bad], twice: [...twice], full: false };
}

/** Puts what was kept where the draft names it, as the draft is by then. */
export function putFiles(draft: ConsultationDraft, kept: Kept): void {
  for (const one of lacking(draft)) one.medium.blob = kept.get(keyOf(one)) ?? null;
}

/** Keeps a file of a form in a space; answers its name, of a picture that of the small one where that is enough. */
export async function keep(file: Blob, kind: string, small: boolean, space: string): Promise<string> {
  const value = await (kind === 'audio' ? keepSound : keepPhoto)(file, () => undefined, space);
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
  const { count, size, from } = (await wide(zip, tail, end)) ?? { count: tail.getUint16(end + 10, true), size: tail.getUint32(end + 12, true), from: tail.getUint32(end + 16, true) };
  if (count > MOST_ENTRIES || size > MOST_LIST || from + size > zip.size) throw new NoSheet('zip');
  const list = new DataView(await zip.slice(from, from + size).arrayBuffer());
  const all: Beside[] = [];
  let at = 0;
  for (let one = 0; one < count; one += 1) {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== 0x02014b50) throw new NoSheet('zip');
    const [flags, method, sum] = [list.getUint16(at + 8, true), list.getUint16(at + 10, true), list.getUint32(at + 16, true)];
    const [named, extra, said] = [list.getUint16(at + 28, true), list.getUint16(at + 30, true), list.getUint16(at + 32, true)];
    if (at + 46 + named + extra > list.byteLength) throw new NoSheet('zip');
    const [whole, packed, begins] = numbersOf(list, at, at + 46 + named, extra);
    const path = pathOf(new Uint8Array(list.buffer, at + 46, named), (flags & UTF8) !== 0);
    const entry = { name: plainName(path), begins, packed, method, sum, whole };
    const closed = (flags & LOCKED) !== 0 || whole > MOST_BYTES;
    if (!path.startsWith('__MACOSX/')) all.push({ name: entry.name, open: () => (closed ? Promise.reject(new NoSheet('zip')) : unpacked(zip, entry)) });
    at += 46 + named + extra + said;
  }
  return all;
}

/** A number of eight bytes, as far as a file can be that long. */
function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Where the list is in a ZIP whose numbers have eight bytes (Zip64), as programs write that do not know how long it will be. */
async function wide(zip: File, tail: DataView, end: number): Promise<{ count: number; size: number; from: number } | undefined> {
  const before = end - 20;
  if (before < 0 || tail.getUint32(before, true) !== 0x07064b50) return undefined;
  const at = long(tail, before + 8);
  const head = new DataView(await zip.slice(at, at + 56).arrayBuffer());
  if (head.byteLength < 56 || head.getUint32(0, true) !== 0x06064b50) throw new NoSheet('zip');
  return { count: long(head, 32), size: long(head, 40), from: long(head, 48) };
}

/** How long a file is, how long while packed, and where it begins; what does not fit into four bytes is said further on. */
function numbersOf(list: DataView, at: number, from: number, length: number): [number, number, number] {
  const short: [number, number, number] = [list.getUint32(at + 24, true), list.getUint32(at + 20, true), list.getUint32(at + 42, true)];
  let field = from;
  while (field + 4 <= from + length) {
    const [id, size] = [list.getUint16(field, true), list.getUint16(field + 2, true)];
    const ends = Math.min(field + 4 + size, from + length);
    let next = field + 4;
    if (id === 1) {
      for (const [place, one] of short.entries()) {
        if (one !== 0xffffffff || next + 8 > ends) continue;
        short[place] = long(list, next);
        next += 8;
      }
    }
    field += 4 + size;
  }
  return short;
}

/** A path in a ZIP: in Unicode where it says so or can be read as that, as some systems do not say it. */
function pathOf(bytes: Uint8Array, unicode: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: !unicode }).decode(bytes);
  } catch {
    return [...bytes].map((byte) => (byte < 128 ? String.fromCharCode(byte) : (OLD_LETTERS[byte - 128] ?? ''))).join('');
  }
}

interface Entry {
  name: string;
  begins: number;
  packed: number;
  method: number;
  /** The checksum and the size of what is packed. */
  sum: number;
  whole: number;
}

async function unpacked(zip: File, { name, begins, packed, method, sum, whole }: Entry): Promise<File> {
  const head = new DataView(await zip.slice(begins, begins + 30).arrayBuffer());
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw new NoSheet('zip');
  const start = begins + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const bytes = zip.slice(start, start + packed);
  if (method === 0) return new File([bytes], name);
  if (method !== 8) throw new NoSheet('zip');
  // Dressed as the other kind of file of the same packing, which older devices unpack too, and whose checksum is tested.
  const [front, end] = [new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]), new DataView(new ArrayBuffer(8))];
  end.setUint32(0, sum, true);
  end.setUint32(4, whole, true);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    const reader = new Blob([front, bytes, end.buffer]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
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
