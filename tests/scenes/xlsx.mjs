// What a spreadsheet program would see in a file: the rows of its sheets. Enough for files that Majlis writes, read
// without any code of its own.

import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** The parts of an archive by name. */
function unzip(bytes) {
  let end = bytes.length - 22;
  while (bytes.readUInt32LE(end) !== END) end -= 1;
  let at = bytes.readUInt32LE(end + 16);
  const parts = new Map();
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw new Error('the archive is torn');
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, note] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const head = bytes.readUInt32LE(at + 42);
    const from = head + 30 + bytes.readUInt16LE(head + 26) + bytes.readUInt16LE(head + 28);
    const packed = bytes.subarray(from, from + size);
    parts.set(bytes.toString('utf8', at + 46, at + 46 + name), method === 0 ? packed : inflateRawSync(packed));
    at += 46 + name + extra + note;
  }
  return parts;
}

const plain = (xml) => xml.replace(/<[^>]*>/gu, '').replace(/&lt;/gu, '<').replace(/&gt;/gu, '>').replace(/&quot;/gu, '"').replace(/&apos;/gu, "'").replace(/&amp;/gu, '&');

/** The column that a cell such as `AB7` stands in, from 0. */
function column(cell) {
  return [...cell.match(/^[A-Z]+/u)[0]].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** The sheets of a file, in order: rows of texts. */
export function sheets(path) {
  const parts = unzip(readFileSync(path));
  const text = (name) => parts.get(name)?.toString('utf8') ?? '';
  const shared = [...text('xl/sharedStrings.xml').matchAll(/<si>(.*?)<\/si>/gsu)].map(([, one]) => plain(one));
  const out = [];
  for (let number = 1; parts.has(`xl/worksheets/sheet${number}.xml`); number += 1) {
    const rows = [];
    for (const [, row] of text(`xl/worksheets/sheet${number}.xml`).matchAll(/<row\b[^>]*>(.*?)<\/row>/gsu)) {
      const cells = [];
      for (const [, head, inside = ''] of row.matchAll(/<c\b([^>]*?)(?:\/>|>(.*?)<\/c>)/gsu)) {
        const value = inside.match(/<(?:v|t)\b[^>]*>(.*?)<\/(?:v|t)>/su)?.[1] ?? '';
        cells[column(head.match(/r="([A-Z]+\d+)"/u)[1])] = /t="s"/u.test(head) ? shared[Number(value)] : plain(value);
      }
      rows.push(Array.from(cells, (cell) => cell ?? ''));
    }
    out.push(rows);
  }
  return out;
}
