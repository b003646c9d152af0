// What the linters cannot see: that no sentence and no colour is written in a component, that
// nothing names a side of the screen, and that components stay small.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../src');
const components = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
const MOST_LINES = 300;

interface Node {
  type: string;
  [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Every node of a component's markup, with the attribute it is in. */
function* nodesOf(value: unknown, attribute = ''): Generator<{ node: Node; attribute: string }> {
  if (Array.isArray(value)) {
    for (const one of value) yield* nodesOf(one, attribute);
    return;
  }
  if (!isNode(value)) return;
  yield { node: value, attribute };
  const inside = value.type === 'Attribute' && typeof value['name'] === 'string' ? value['name'] : attribute;
  for (const [key, child] of Object.entries(value)) if (key !== 'metadata') yield* nodesOf(child, inside);
}

/** Attributes whose text a person sees or hears. */
const SEEN = new Set(['aria-label', 'aria-description', 'alt', 'title', 'placeholder', 'label', 'text', 'hint', 'legend', 'yes', 'no']);

describe.each(components)('%s', (file) => {
  const source = readFileSync(path.join(root, file), 'utf8');

  it('writes no sentence of its own', () => {
    const { fragment } = parse(source, { modern: true });
    const found: string[] = [];
    for (const { node, attribute } of nodesOf(fragment)) {
      if (node.type !== 'Text' || (attribute !== '' && !SEEN.has(attribute))) continue;
      const text = String(node['data']).replace(/&nbsp;/gu, ' ');
      if (/\p{L}{2,}/u.test(text)) found.push(text.trim());
    }
    expect(found).toEqual([]);
  });

  it('names no side of the screen', () => {
    const style = /<style>([\s\S]*)<\/style>/u.exec(source)?.[1] ?? '';
    expect(style.match(/(?<![-\w])(?:left|right)(?![-\w])/gu) ?? []).toEqual([]);
    expect(style.match(/(?:margin|padding|border)-(?:left|right|top|bottom)/gu) ?? []).toEqual([]);
  });

  it('names no colour', () => {
    expect(source.match(/#[0-9a-f]{6}\b|\brgba?\(/gu) ?? []).toEqual([]);
  });

  it('is short enough to be read', () => {
    expect(source.split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });

  it('says in its first line what it is', () => {
    expect(source).toMatch(/^<!-- .+/u);
  });
});

it('finds the components', () => {
  expect(components.length).toBeGreaterThan(40);
});
