// Carry files between this page and the node, part by part: a page can read a file that a person
// chose and hand one out, but it cannot name a path.

import { ask } from './node';

const PART = 512 * 1024;
const SPAN = 0x8000;

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

/** Brings a chosen file to the node; answers where it is there. */
export async function putFile(file: Blob, name: string, progress: (share: number) => void): Promise<string> {
  let path: string;
  let offset = 0;
  do {
    const part = new Uint8Array(await file.slice(offset, offset + PART).arrayBuffer());
    path = (await ask('put_part', { name, offset, base64: toBase64(part) })).path;
    offset += part.length;
    progress(file.size === 0 ? 1 : offset / file.size);
  } while (offset < file.size);
  return path;
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

/** Hands a file to the browser to be saved. */
export function saveFile(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
