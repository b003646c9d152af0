// @vitest-environment node
// Files beside a spreadsheet: found by their names, out of a ZIP too, and what is not there is told.

import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';

import { CallFailed } from '../backend';
import type { ConsultationDraft } from '../bindings/ConsultationDraft';
import type { MediumView } from '../bindings/MediumView';
import type { QuestionDetails } from '../bindings/QuestionDetails';
import type { Beside } from './beside';
import { NoSheet, besides, keep, keepFiles, missingFiles, putFiles, sheetAmong } from './beside';

vi.mock('./media.svelte', () => ({
  keepPhoto: async (file: File) => {
    if ((await file.text()) === 'bad') throw new Error('no picture');
    if ((await file.text()) === 'last straw') throw new CallFailed({ code: 'disk_full', message: 'full', detail: null });
    return { type: 'photo', value: { full: `full ${file.name}`, preview: `small ${file.name}` } };
  },
  keepSound: async (file: File, _: unknown, space: string) => Promise.resolve({ type: 'sound', value: `sound ${file.name}${space === 's' ? '' : ` of ${space}`}` }),
}));

const medium = (kind: string, file: string): MediumView => ({ kind, file, language: '', blob: null });

function draft(): ConsultationDraft {
  const details = { media: [medium('image', 'well.png'), medium('audio', 'ask.ogg'), medium('video', 'film.mp4')] } as unknown as QuestionDetails;
  const option = { id: 1, label: 'School', details: { name: 's', label: {}, properties: {}, media: [medium('image', 'School.JPG')] } };
  const question = { id: 'a', label: 'Where?', hint: '', required: false, kind: { type: 'single_choice' as const, options: [option] }, details };
  return { title: '', description: '', audience: '', stage: 'consult', questions: [question] };
}

function blobs(form: ConsultationDraft): (string | null)[] {
  return form.questions.flatMap(({ details, kind }) => [...(details?.media ?? []), ...('options' in kind ? kind.options : []).flatMap((option) => option.details?.media ?? [])].map(({ blob }) => blob));
}

async function takeFiles(form: ConsultationDraft, all: readonly Beside[]): Promise<{ taken: number; bad: string[]; twice: string[] }> {
  const { kept, full, ...told } = await keepFiles(form, all, 's');
  putFiles(form, kept);
  expect(full).toBe(false);
  return told;
}

/** A name as programs wrote it before Unicode: one byte a letter. */
const OLD = { é: 0x82, É: 0x90, à: 0x85 } as Record<string, number>;

interface How {
  /** Names in one byte a letter. */
  old?: boolean;
  /** The entry that is locked, and the one whose checksum is of something else. */
  locked?: string;
  broken?: string;
}

/** A ZIP of these files, with or without packing. */
function zip(files: Record<string, string>, method: 0 | 8 = 8, how: How = {}): File {
  const text = new TextEncoder();
  const [parts, list]: [Uint8Array<ArrayBuffer>[], Uint8Array<ArrayBuffer>[]] = [[], []];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const path = how.old === true ? Uint8Array.from([...name].map((letter) => OLD[letter] ?? letter.charCodeAt(0))) : text.encode(name);
    const whole = text.encode(content);
    const packed = method === 0 ? whole : new Uint8Array(deflateRawSync(whole));
    const head = new DataView(new ArrayBuffer(30));
    head.setUint32(0, 0x04034b50, true);
    head.setUint16(26, path.length, true);
    const entry = new DataView(new ArrayBuffer(46));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(8, name === how.locked ? 1 : 0, true);
    entry.setUint16(10, method, true);
    entry.setUint32(16, name === how.broken ? 1 : sumOf(whole), true);
    entry.setUint32(20, packed.length, true);
    entry.setUint32(24, whole.length, true);
    entry.setUint16(28, path.length, true);
    entry.setUint32(42, at, true);
    parts.push(new Uint8Array(head.buffer), path, packed);
    list.push(new Uint8Array(entry.buffer), path);
    at += 30 + path.length + packed.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, Object.keys(files).length, true);
  end.setUint32(12, list.reduce((sum, part) => sum + part.length, 0), true);
  end.setUint32(16, at, true);
  return new File([...parts, ...list, new Uint8Array(end.buffer)], 'form.zip');
}

/** The checksum of ZIP, which the other kind of file has before its last four bytes. */
function sumOf(bytes: Uint8Array): number {
  const packed = gzipSync(bytes);
  return packed.readUInt32LE(packed.length - 8);
}

/** The same files with every number where Zip64 has it, as programs write that do not know how long it will be. */
async function wide(files: Record<string, string>): Promise<File> {
  const bytes = new DataView(await zip(files, 0).arrayBuffer());
  const end = bytes.byteLength - 22;
  const [count, from] = [bytes.getUint16(end + 10, true), bytes.getUint32(end + 16, true)];
  const list: Uint8Array<ArrayBuffer>[] = [];
  let at = from;
  for (let one = 0; one < count; one += 1) {
    const named = bytes.getUint16(at + 28, true);
    const extra = new DataView(new ArrayBuffer(36));
    // Something else stands before what is looked for.
    extra.setUint16(0, 0x5455, true);
    extra.setUint16(2, 4, true);
    extra.setUint16(8, 1, true);
    extra.setUint16(10, 24, true);
    for (const [place, of] of [24, 20, 42].entries()) {
      extra.setBigUint64(12 + place * 8, BigInt(bytes.getUint32(at + of, true)), true);
      bytes.setUint32(at + of, 0xffffffff, true);
    }
    bytes.setUint16(at + 30, 36, true);
    list.push(new Uint8Array(bytes.buffer.slice(at, at + 46 + named)), new Uint8Array(extra.buffer));
    at += 46 + named;
  }
  const size = list.reduce((sum, part) => sum + part.length, 0);
  const last = new DataView(new ArrayBuffer(56 + 20 + 22));
  last.setUint32(0, 0x06064b50, true);
  last.setBigUint64(32, BigInt(count), true);
  last.setBigUint64(40, BigInt(size), true);
  last.setBigUint64(48, BigInt(from), true);
  last.setUint32(56, 0x07064b50, true);
  last.setBigUint64(64, BigInt(from + size), true);
  last.setUint32(76, 0x06054b50, true);
  for (const of of [8, 10]) last.setUint16(76 + of, 0xffff, true);
  for (const of of [12, 16]) last.setUint32(76 + of, 0xffffffff, true);
  return new File([bytes.buffer.slice(0, from), ...list, new Uint8Array(last.buffer)], 'wide.zip');
}

describe('files beside a spreadsheet', () => {
  it('are found in a ZIP of long numbers, and one that lies about them is told', async () => {
    const file = await wide({ 'f.xlsx': 'sheet', 'well.png': 'w' });
    const all = await besides([file]);
    expect(await (await sheetAmong(all)).text()).toBe('sheet');
    expect(await takeFiles(draft(), all)).toEqual({ taken: 1, bad: [], twice: [] });
    const lying = new DataView(await file.arrayBuffer());
    lying.setBigUint64(lying.byteLength - 98 + 48, 2n ** 62n, true);
    await expect(besides([new File([lying.buffer], 'wide.zip')])).rejects.toThrow(NoSheet);
  });

  it.each([0, 8] as const)('are found in a ZIP, packed by method %i, whatever their capitals', async (method) => {
    const all = await besides([zip({ 'form/f.xlsx': 'sheet', 'form/well.png': 'w', 'form/SCHOOL.jpg': 's', '__MACOSX/._well.png': 'x' }, method)]);
    expect(await (await sheetAmong(all)).text()).toBe('sheet');
    const form = draft();
    expect(missingFiles(form)).toEqual(['well.png', 'ask.ogg', 'School.JPG']);
    expect(await takeFiles(form, all)).toEqual({ taken: 2, bad: [], twice: [] });
    // An option shows a small picture; what nobody can keep is not waited for.
    expect(blobs(form)).toEqual(['full well.png', null, null, 'small SCHOOL.jpg']);
    expect(missingFiles(form)).toEqual(['ask.ogg']);
    expect(await takeFiles(form, await besides([new File(['o'], 'ask.ogg')]))).toEqual({ taken: 1, bad: [], twice: [] });
    expect(missingFiles(form)).toEqual([]);
  });

  it('that are nothing of the kind are named, and the others are taken', async () => {
    const form = draft();
    const all = await besides([new File(['bad'], 'well.png'), new File(['o'], 'ask.ogg')]);
    expect(await takeFiles(form, all)).toEqual({ taken: 1, bad: ['well.png'], twice: [] });
  });

  it.each([{ locked: 'well.png' }, { broken: 'well.png' }])('that a ZIP does not give are named too, and the sheet and the others are taken: %o', async (how) => {
    const form = draft();
    const all = await besides([zip({ 'f.xlsx': 'sheet', 'well.png': 'w', 'ask.ogg': 'o', 'school.jpg': 's' }, 8, how)]);
    expect(await (await sheetAmong(all)).text()).toBe('sheet');
    expect(await takeFiles(form, all)).toEqual({ taken: 2, bad: ['well.png'], twice: [] });
    expect(blobs(form)).toEqual([null, 'sound ask.ogg', null, 'small school.jpg']);
  });

  it('are tried no further where there is no room, and that is no fault of theirs', async () => {
    const form = draft();
    const all = await besides([new File(['last straw'], 'School.jpg'), new File(['sound'], 'ask.ogg'), new File(['well'], 'well.png')]);
    const { kept, ...told } = await keepFiles(form, all, 's');
    expect(told).toEqual({ taken: 2, bad: [], twice: [], full: true });
    putFiles(form, kept);
    expect(missingFiles(form)).toEqual(['School.JPG']);
  });

  it('go into the form as it is by then, and what was written meanwhile stays', async () => {
    const form = draft();
    const { kept } = await keepFiles(structuredClone(form), await besides([new File(['w'], 'well.png')]), 's');
    const [question] = form.questions;
    if (question === undefined) throw new Error('no question');
    question.label = 'Written meanwhile';
    form.questions.push(structuredClone(question));
    putFiles(form, kept);
    expect(form.questions.map(({ label }) => label)).toEqual(['Written meanwhile', 'Written meanwhile']);
    expect(blobs(form).filter((blob) => blob === 'full well.png')).toHaveLength(2);
  });

  it('of one name in two folders are none of them taken, and told', async () => {
    const form = draft();
    const all = await besides([zip({ 'f.xlsx': 'sheet', 'north/well.png': 'n', 'south/well.png': 's', 'SCHOOL.jpg': '1', 'School.JPG': '2' })]);
    expect(await takeFiles(form, all)).toEqual({ taken: 1, bad: [], twice: ['well.png'] });
    expect(blobs(form)).toEqual([null, null, null, 'small School.JPG']);
  });

  it('are found however their letters are written', async () => {
    const form = draft();
    const media = form.questions[0]?.details?.media ?? [];
    media.splice(0, 3, medium('image', 'École à.png'), medium('image', 'أرض.png'));
    // One system takes letters and their marks apart, another wrote a byte a letter.
    const apart = await besides([zip({ ['أرض.png'.normalize('NFD')]: 'w' })]);
    const old = await besides([zip({ 'École à.png': 'w' }, 8, { old: true })]);
    expect(await takeFiles(form, [...apart, ...old])).toEqual({ taken: 2, bad: [], twice: [] });
    media.splice(0, 2, medium('image', 'été.png'.normalize('NFD')));
    expect(await takeFiles(form, await besides([new File(['w'], 'été.png'.normalize('NFC'))]))).toEqual({ taken: 1, bad: [], twice: [] });
  });

  it('are not what a program writes for itself while a sheet is open', async () => {
    const all = await besides([new File(['lock'], '~$f.xlsx'), new File(['x'], '._f.xlsx'), new File(['sheet'], 'f.xlsx')]);
    expect(await (await sheetAmong(all)).text()).toBe('sheet');
  });

  it('are refused without a spreadsheet, with two, and from a ZIP that is none', async () => {
    const why = async (files: File[]): Promise<unknown> => besides(files).then(sheetAmong).catch((thrown: unknown) => (thrown instanceof NoSheet ? thrown.why : thrown));
    expect(await why([new File([''], 'well.png')])).toBe('none');
    expect(await why([new File([''], 'a.xlsx'), new File([''], 'b.ods')])).toBe('several');
    expect(await why([new File(['not a zip at all, but long enough to be looked at'], 'a.zip')])).toBe('zip');
    const cut = zip({ 'a.xlsx': 'sheet' });
    expect(await why([new File([cut.slice(10)], 'cut.zip')])).toBe('zip');
    for (const how of [{ locked: 'a.xlsx' }, { broken: 'a.xlsx' }]) expect(await why([zip({ 'a.xlsx': 'sheet' }, 8, how)])).toBe('zip');
  });
});

it('keeps a file in the space that it is for, whatever is on the screen', async () => {
  expect(await keep(new File(['w'], 'ask.ogg'), 'audio', false, 'other')).toBe('sound ask.ogg of other');
});
