// Carry files between this page and the node, part by part: a page can read a file that a person
// chose and hand one out, but it cannot name a path.

import { ask, inBrowser } from './node';

const PART = 512 * 1024;
const SPAN = 0x8000;
/** What the node keeps of a name; beyond it, the end with the ending is what matters. */
const MAX_NAME = 96;

/** Bytes as base64, in spans small enough for the argument list of one call. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += SPAN) text += String.fromCharCode(...bytes.subarray(at, at + SPAN));
  return btoa(text);
}

/** The bytes of base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

/**
 * Brings a chosen file to the node; answers where it is there. What came of the same file before,
 * known by its name, size and time, is not sent again.
 */
export async function putFile(file: File, progress: (bytes: number) => void): Promise<string> {
  const name = `${file.size}-${file.lastModified}-${file.name}`.slice(-MAX_NAME);
  let held = await ask('put_part', { name, offset: 0, base64: '' });
  while (held.bytes < file.size) {
    const offset = held.bytes;
    progress(offset);
    const part = new Uint8Array(await file.slice(offset, offset + PART).arrayBuffer());
    held = await ask('put_part', { name, offset, base64: toBase64(part) });
  }
  progress(file.size);
  return held.path;
}

/** Gets a file that the node wrote. */
export async function getFile(path: string): Promise<{ name: string; file: Blob }> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (;;) {
    const part = await ask('part', { path, offset });
    const bytes = fromBase64(part.base64);
    if (bytes.length === 0) return { name: part.name, file: new Blob(parts) };
    parts.push(bytes);
    offset += bytes.length;
  }
}

/**
 * Hands a file to the browser to be saved. In the window, which cannot save what a page made, the node
 * keeps it; answers where.
 */
export async function saveFile(name: string, file: Blob): Promise<string | undefined> {
  if (!inBrowser()) {
    const base64 = toBase64(new Uint8Array(await file.arrayBuffer()));
    return (await ask('keep_file', { name, base64 })).path;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return undefined;
}

/** Gets files that the node wrote, and hands them to the browser to be saved. */
export async function saveFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const { name, file } = await getFile(path);
    await saveFile(name, file);
  }
}
