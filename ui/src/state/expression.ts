// The small part of XLSForm's expressions that people pick instead of typing: read into a tree, or not
// at all. What an expression means is decided by the node; here it is only shown and written.

/** A word of an expression. */
interface Word {
  type: 'reference' | 'text' | 'number' | 'name' | 'sign';
  text: string;
}

/** An expression, as far as it can be shown. */
export type Tree =
  | { type: 'join'; join: 'and' | 'or'; parts: Tree[]; bracketed: boolean }
  | { type: 'compare'; left: Tree; sign: string; right: Tree }
  | { type: 'call'; name: string; of: Tree[] }
  | { type: 'reference'; name: string }
  | { type: 'itself' }
  | { type: 'text'; value: string }
  | { type: 'number'; value: string };

const WORD = /\s*(?:\$\{\s*([^{}\s]+)\s*\}|'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)|([A-Za-z][A-Za-z0-9-]*)|(<=|>=|!=|[=<>(),.]))/uy;
const SIGNS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);
const DEEPEST = 16;

function wordsOf(expression: string): Word[] | undefined {
  const words: Word[] = [];
  const text = expression.trimEnd();
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const found = WORD.exec(text);
    if (found === null) return undefined;
    const [, reference, single, double, number, name, sign] = found;
    if (reference !== undefined) words.push({ type: 'reference', text: reference });
    else if (single !== undefined) words.push({ type: 'text', text: single });
    else if (double !== undefined) words.push({ type: 'text', text: double });
    else if (number !== undefined) words.push({ type: 'number', text: number });
    else if (name !== undefined) words.push({ type: 'name', text: name });
    else if (sign !== undefined) words.push({ type: 'sign', text: sign });
  }
  return words;
}

class Reading {
  at = 0;
  constructor(readonly words: readonly Word[]) {}

  takes(type: Word['type'], text: string): boolean {
    const word = this.words[this.at];
    if (word?.type !== type || word.text !== text) return false;
    this.at += 1;
    return true;
  }

  joined(join: 'or' | 'and', deep: number): Tree | undefined {
    const parts: Tree[] = [];
    do {
      const part = join === 'or' ? this.joined('and', deep) : this.compared(deep);
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.takes('name', join));
    const [only] = parts;
    return parts.length === 1 ? only : { type: 'join', join, parts, bracketed: false };
  }

  compared(deep: number): Tree | undefined {
    const left = this.value(deep);
    const word = this.words[this.at];
    if (left === undefined || word?.type !== 'sign' || !SIGNS.has(word.text)) return left;
    this.at += 1;
    const right = this.value(deep);
    return right === undefined ? undefined : { type: 'compare', left, sign: word.text, right };
  }

  value(deep: number): Tree | undefined {
    const word = this.words[this.at];
    if (word === undefined || deep > DEEPEST) return undefined;
    this.at += 1;
    switch (word.type) {
      case 'reference':
        return { type: 'reference', name: word.text };
      case 'text':
        return { type: 'text', value: word.text };
      case 'number':
        return { type: 'number', value: word.text };
      case 'name':
        return this.takes('sign', '(') ? this.called(word.text, deep + 1) : undefined;
      case 'sign': {
        if (word.text === '.') return { type: 'itself' };
        if (word.text !== '(') return undefined;
        const inside = this.joined('or', deep + 1);
        if (inside === undefined || !this.takes('sign', ')')) return undefined;
        return inside.type === 'join' ? { ...inside, bracketed: true } : inside;
      }
    }
  }

  called(name: string, deep: number): Tree | undefined {
    const of: Tree[] = [];
    if (this.takes('sign', ')')) return { type: 'call', name, of };
    do {
      const one = this.joined('or', deep);
      if (one === undefined) return undefined;
      of.push(one);
    } while (this.takes('sign', ','));
    return this.takes('sign', ')') ? { type: 'call', name, of } : undefined;
  }
}

/** Reads an expression; nothing where it has what is not known here. */
export function readExpression(expression: string): Tree | undefined {
  const words = wordsOf(expression);
  if (words === undefined || words.length === 0) return undefined;
  const reading = new Reading(words);
  const tree = reading.joined('or', 0);
  return reading.at === words.length ? tree : undefined;
}

/** A text as an expression has it; XPath has no way to escape a quote, so one with both is put together. */
export function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  return `concat(${text
    .split("'")
    .map((part) => `'${part}'`)
    .join(`, "'", `)})`;
}

/** The text that a part of an expression is, whichever way it was put together. */
export function textOf(tree: Tree): string | undefined {
  if (tree.type === 'text' || tree.type === 'number') return tree.value;
  if (tree.type !== 'call' || tree.name !== 'concat') return undefined;
  const parts = tree.of.map(textOf);
  return parts.every((part) => part !== undefined) ? parts.join('') : undefined;
}

/** A number in the digits of any script with Latin ones, without the directional marks that come along when it is
 * pasted, and with nothing between its thousands where blanks or the Arabic sign set them apart. */
export function latinDigits(text: string): string {
  return text
    .replace(/[\u200e\u200f\u061c]/gu, '')
    .replace(/[\u0660-\u0669]/gu, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/gu, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/(?<=\d)[ \u00a0\u202f\u066c](?=\d)/gu, '')
    .trim();
}

/** A whole number from nothing on, in the digits of any script; nothing where it is none, or has a mark that could part thousands. */
export function wholeNumber(text: string): number | undefined {
  const plain = latinDigits(text);
  return /^\d{1,9}$/u.test(plain) ? Number(plain) : undefined;
}

/** Digits of any script as an expression has them; nothing where it is no number. */
export function plainNumber(text: string): string | undefined {
  const plain = latinDigits(text).replace(/[\u066b,]/u, '.');
  return /^-?\d+(?:\.\d+)?$/u.test(plain) ? plain : undefined;
}
