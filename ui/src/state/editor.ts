// The editor's words, in the language in use.

import type { EditorLabels } from '../editor/labels';
import { apart, list, say } from './words.svelte';

export function editorLabels(): EditorLabels {
  return {
    text: say('document.write'),
    tools: say('editor.tools'),
    empty: say('document.empty'),
    opening: say('state.loading'),
    failed: say('state.failed'),
    unreadable: say('error.text_unreadable'),
    again: say('act.retry'),
    readonly: say('document.readonly'),
    saved: say('save.saved'),
    saving: say('save.saving'),
    unreachable: say('editor.unreachable'),
    refused: say('editor.refused'),
    kind: say('editor.kind'),
    paragraph: say('editor.paragraph'),
    heading1: say('editor.heading1'),
    heading2: say('editor.heading2'),
    heading3: say('editor.heading3'),
    quote: say('editor.quote'),
    list: say('editor.list'),
    numbers: say('editor.numbers'),
    deeper: say('editor.deeper'),
    shallower: say('editor.shallower'),
    strong: say('editor.strong'),
    em: say('editor.em'),
    link: say('editor.link'),
    address: say('editor.address'),
    setLink: say('editor.set_link'),
    removeLink: say('editor.remove_link'),
    badAddress: say('editor.bad_address'),
    cancel: say('act.cancel'),
    undo: say('editor.undo'),
    redo: say('editor.redo'),
    hands: say('document.who'),
    someone: say('editor.someone'),
    here: (names) => say(names.length === 1 ? 'editor.here.one' : 'editor.here.more', { names: list(names.map(apart)) }),
  };
}
