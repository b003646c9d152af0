// The component in a page, on the real core.

import { flushSync, mount, unmount } from 'svelte';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { AnswerOf, ArgsOf, Backend, CallName, Stop } from '../backend/types';
import { CallFailed } from '../backend/types';
import type { Event } from '../bindings/Event';
import DocumentEditor from './DocumentEditor.svelte';
import { Core, whyNoCore } from './fuzz/core';
import type { EditorLabels } from './labels';

const missing = whyNoCore();

/** Every label is its own name. */
const labels = new Proxy({} as EditorLabels, { get: (_target, name) => String(name) });

/** The real core without a wire. */
class Near implements Backend {
  readonly #core: Core;
  readonly #listeners = new Set<(event: Event) => void>();
  writable = true;

  constructor(core: Core) {
    this.#core = core;
  }

  async call<K extends CallName>(name: K, args: ArgsOf<K>): Promise<AnswerOf<K>> {
    if (name === 'open_document') {
      const opened = await this.#core.ask<AnswerOf<'open_document'>>({ op: 'open', replica: 0 });
      return { ...opened, may_write: this.writable } as AnswerOf<K>;
    }
    const op = { begin_editing: 'begin', edit_document: 'edit', close_document: 'close', document_at: 'content', blame: 'blame' }[String(name)];
    if (op === undefined) throw new Error(`an editor does not call ${name}`);
    return await this.#core.ask<AnswerOf<K>>({ op, replica: 0, ...args });
  }

  events(listener: (event: Event) => void): Stop {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reach(): Stop {
    return () => undefined;
  }
}

describe.skipIf(missing !== undefined)(`the editor${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let core: Core;
  let near: Near;
  let page: HTMLElement;
  let component: ReturnType<typeof mount> | undefined;

  beforeAll(async () => {
    core = new Core();
    await core.ask({ op: 'reset', replicas: 1, seed: 0 });
  }, 1_800_000);
  afterAll(() => core.end());
  beforeEach(async () => {
    await core.ask({ op: 'reset', replicas: 1, seed: 0 });
    near = new Near(core);
    page = document.body.appendChild(document.createElement('div'));
  });
  afterEach(async () => {
    if (component !== undefined) await unmount(component);
    component = undefined;
    page.remove();
  });

  async function open(readonly = false): Promise<HTMLElement> {
    component = mount(DocumentEditor, {
      target: page,
      props: { backend: near, space: 's', document: 'd', readonly, labels },
    });
    await vi.waitFor(() => expect(page.querySelector('[role=toolbar]')).not.toBeNull());
    return find('[role=textbox]');
  }

  function find(selector: string): HTMLElement {
    const found = page.querySelector<HTMLElement>(selector);
    if (found === null) throw new Error(`no ${selector}`);
    return found;
  }

  async function write(...edits: object[]): Promise<void> {
    const { editor, heads } = await core.ask<{ editor: number; heads: string[] }>({ op: 'open', replica: 0 });
    const { session } = await core.ask<{ session: number }>({ op: 'begin', editor });
    await core.ask({ op: 'edit', editor, session, base: heads, edits });
  }

  const plain = { strong: false, em: false, link: null };

  it('shows the text with each block in its own direction, and names itself', async () => {
    await write(
      { edit: 'insert', at: 1, text: 'مرحبا', marks: plain },
      { edit: 'split', at: 6, kind: { type: 'item', ordered: true, depth: 1 } },
      { edit: 'insert', at: 7, text: 'hello', marks: { ...plain, strong: true } },
    );
    const text = await open();
    expect([...text.children].map((block) => block.getAttribute('dir'))).toEqual(['auto', 'auto']);
    expect(text.querySelector('[data-item=ordered][data-depth="1"] strong')?.textContent).toBe('hello');
    expect(text.getAttribute('aria-label')).toBe('text');
    expect(text.getAttribute('contenteditable')).toBe('true');
    for (const button of page.querySelectorAll('button')) expect(button.getAttribute('aria-label')).not.toBeNull();
  });

  it('saves what the page was made to show', async () => {
    const text = await open();
    // What a browser does when a person types: the page changes first, the editor reads it.
    const [block] = text.children;
    block?.replaceChildren('well');
    await vi.waitFor(async () => {
      const { blocks } = await core.ask<{ blocks: { runs: { text: string }[] }[] }>({ op: 'content', replica: 0 });
      expect(blocks[0]?.runs[0]?.text).toBe('well');
    });
    await vi.waitFor(() => expect(find('.editor').dataset['save']).toBe('saved'));
    expect(find('.save').textContent).toBe('saved');
  });

  it('makes headings and lists by its buttons', async () => {
    const text = await open();
    const choose = find('select') as HTMLSelectElement;
    choose.value = 'heading2';
    choose.dispatchEvent(new window.Event('change', { bubbles: true }));
    flushSync();
    expect(text.querySelector('h2')).not.toBeNull();
    find('[aria-label=list]').click();
    flushSync();
    expect(text.querySelector('[data-item=plain]')).not.toBeNull();
    find('[aria-label=undo]').click();
    flushSync();
    expect(text.querySelector('h2')).not.toBeNull();
  });

  it('cannot be written in by who may not, and says so', async () => {
    near.writable = false;
    const text = await open();
    expect(text.getAttribute('contenteditable')).toBe('false');
    expect(text.getAttribute('aria-readonly')).toBe('true');
    expect(page.querySelector('[aria-label=strong]')).toBeNull();
    expect(find('.save').textContent).toBe('readonly');
  });

  it('says who wrote what by name', async () => {
    await write({ edit: 'insert', at: 1, text: 'hello', marks: plain });
    await open();
    find('[aria-label=hands]').click();
    await vi.waitFor(() => expect(page.querySelector('.hands')?.textContent).toContain('device 1'));
    expect(find('.text .hand-name').textContent).toBe('device 1');
    expect(find('.text .hand').textContent).toBe('hello');
    find('[aria-label=hands]').click();
    flushSync();
    expect(page.querySelector('.hand')).toBeNull();
  });

  it('says that the disk does not give a part of the text', async () => {
    const ask = vi.spyOn(near, 'call').mockRejectedValueOnce(new CallFailed({ code: 'text_unreadable', message: 'opening', detail: null }));
    component = mount(DocumentEditor, { target: page, props: { backend: near, space: 's', document: 'd', labels } });
    await vi.waitFor(() => expect(page.querySelector('[role=alert]')?.textContent).toContain('unreadable'));
    ask.mockRestore();
  });

  it('says that opening failed and opens when asked again', async () => {
    const ask = vi.spyOn(near, 'call').mockRejectedValueOnce(new Error('no'));
    component = mount(DocumentEditor, { target: page, props: { backend: near, space: 's', document: 'd', labels } });
    await vi.waitFor(() => expect(page.querySelector('[role=alert]')).not.toBeNull());
    ask.mockRestore();
    find('[role=alert] button').click();
    await vi.waitFor(() => expect(page.querySelector('[role=toolbar]')).not.toBeNull());
  });
});
