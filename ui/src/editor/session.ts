// One open document: hands in the person's edits at short pauses, takes in others', and never loses
// an edit: what the core has not confirmed stays pending, whatever fails.
//
// One request is in flight at most, made on the confirmed heads; what is typed meanwhile waits and
// is carried over the answer. It is asked again until it is answered, in another editor if the node
// ended: the core knows edits of this session on these heads and applies them once. Answer and events may come in either order: an event is used when it
// begins where the page is. While the person composes (input methods), nothing is handed in and
// nothing is changed under their hands.

import type { EditorState, Transaction } from 'prosemirror-state';

import type { Backend, Stop } from '../backend/types';
import { errorOf } from '../backend/types';
import type { Applied } from '../bindings/Applied';
import type { BlockView } from '../bindings/BlockView';
import type { DocumentOpened } from '../bindings/DocumentOpened';
import type { DocumentRef } from '../bindings/DocumentRef';
import type { EditView } from '../bindings/EditView';
import type { ErrorCode } from '../bindings/ErrorCode';
import type { Event } from '../bindings/Event';
import { difference } from './align';
import { docOf } from './blocks';
import { checksum } from './checksum';
import { confirm, markSent, pending, takeBack, tracked } from './tracking';

/** An editor as the session needs it; an `EditorView` is one. */
export interface Surface {
  readonly state: EditorState;
  readonly composing: boolean;
  dispatch(tr: Transaction): void;
}

/** `saved`: everything is on this device's disk. `saving`: soon. `unreachable`: tried again until it
 * is. `refused`: the core does not take it; it stays in the page. */
export type SaveState = 'saved' | 'saving' | 'unreachable' | 'refused';

export interface Status {
  save: SaveState;
  /** Why not, when not. */
  code: ErrorCode | null;
  /** How often the page differed from the core and was brought back to it: for tests. */
  repairs: number;
  /** Whether this device may write here, as far as the core has said. */
  mayWrite: boolean;
}

/** Milliseconds without a key before edits are handed in, and the longest wait with keys. */
const PAUSE = 120;
const LONGEST = 400;
const FIRST_RETRY = 500;
const LONGEST_RETRY = 8000;
/** How long after a change it was not told of a page asks. */
const CHECK = 1500;
/** Confirmed heads remembered to know stale events by. */
const REMEMBERED = 64;

interface Flight {
  base: string[];
  edits: EditView[];
}

export class Session {
  readonly #backend: Backend;
  readonly #at: DocumentRef;
  readonly #tell: (status: Status) => void;
  readonly #stops: Stop[] = [];
  #surface: Surface | undefined;
  #editor: number;
  /** What this page's edits are numbered by; begun with the first of them. */
  #number: number | undefined;
  #heads: string[];
  #past: string[] = [];
  #flight: Flight | undefined;
  #answer: Applied | undefined;
  #events: Applied[] = [];
  /** Something other than an edit is being asked of the core. */
  #busy = false;
  /** Told of others' edits since the core last said that the document changed. */
  #told = false;
  #check: ReturnType<typeof setTimeout> | undefined;
  #closing = false;
  #closed = false;
  #status: Status;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsentSince: number | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryWait = FIRST_RETRY;
  #retryWith: (() => void) | undefined;

  /** Called when the page is at another version, or in another editor. */
  onmoved: (() => void) | undefined;
  /** What was opened: the first content of the page. */
  readonly opened: DocumentOpened;

  private constructor(backend: Backend, at: DocumentRef, opened: DocumentOpened, tell: (status: Status) => void) {
    this.#backend = backend;
    this.#at = at;
    this.#tell = tell;
    this.opened = opened;
    this.#editor = opened.editor;
    this.#heads = opened.heads;
    this.#status = { save: 'saved', code: null, repairs: 0, mayWrite: opened.may_write };
  }

  /** Opens a document; rejects with the backend's `CallFailed`. */
  static async open(backend: Backend, at: DocumentRef, tell: (status: Status) => void): Promise<Session> {
    // Events are heard before the document is asked for, so that none falls between.
    const early: Event[] = [];
    const stop = backend.events((event) => early.push(event));
    try {
      const opened = await backend.call('open_document', at);
      const session = new Session(backend, at, opened, tell);
      session.#stops.push(backend.events((event) => session.#heard(event)));
      session.#stops.push(backend.reach((up) => session.#reached(up)));
      for (const event of early) session.#heard(event);
      return session;
    } finally {
      stop();
    }
  }

  /** Begins with an editor that shows what was opened. */
  attach(surface: Surface): void {
    this.#surface = surface;
    this.#go();
  }

  /** The editor, and the version that the core has answered for. */
  get version(): { editor: number; heads: readonly string[] } {
    return { editor: this.#editor, heads: this.#heads };
  }

  get status(): Status {
    return this.#status;
  }

  /** Whether everything is confirmed and nothing is under way. */
  get quiet(): boolean {
    return !this.#inFlight && this.#check === undefined && this.#events.length === 0 && !this.#unsent();
  }

  /** The person changed the text. */
  changed(): void {
    if (this.#closed) return;
    this.#unsentSince ??= Date.now();
    if (this.#status.save === 'saved') this.#say('saving');
    const left = this.#unsentSince + LONGEST - Date.now();
    this.#later(Math.max(0, Math.min(PAUSE, left)));
  }

  /** Hands in what is pending now, if it may. */
  flush(): void {
    const surface = this.#surface;
    if (surface === undefined || this.#closed || this.#inFlight || this.#retry !== undefined || !this.#mayWrite) return;
    if (this.#isComposing) {
      this.#later(PAUSE);
      return;
    }
    const edits = pending(surface.state);
    this.#unsentSince = undefined;
    if (edits.length === 0) {
      this.#say('saved');
      return;
    }
    surface.dispatch(markSent(surface.state));
    this.#flight = { base: this.#heads, edits };
    this.#say('saving');
    void this.#send();
  }

  /** Asks the core for whatever was missed. */
  resync(): void {
    this.#unchecked();
    if (this.#closed || this.#inFlight || this.#retry !== undefined) return;
    if (!this.#mayWrite) {
      void this.#reopen();
      return;
    }
    this.flush();
    if (this.#inFlight) return;
    this.#flight = { base: this.#heads, edits: [] };
    void this.#send();
  }

  /** Hands in what is left and closes; what could not be handed in is told by the answer. */
  async close(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#closing = true;
    this.#go();
    this.flush();
    const saved = await this.#drain();
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#unchecked();
    for (const stop of this.#stops) stop();
    await this.#backend.call('close_document', { editor: this.#editor }).catch(() => undefined);
    return saved;
  }

  /** Waits until everything is confirmed, or something fails. */
  async #drain(): Promise<boolean> {
    while (this.#inFlight || this.#unsent()) {
      if (this.#retry !== undefined || this.#status.save === 'refused') return false;
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.flush();
    }
    return true;
  }

  /** Whoever closes is done composing. */
  get #isComposing(): boolean {
    return this.#surface?.composing === true && !this.#closing;
  }

  get #mayWrite(): boolean {
    return this.#status.mayWrite;
  }

  get #inFlight(): boolean {
    return this.#flight !== undefined || this.#busy;
  }

  #unsent(): boolean {
    return this.#mayWrite && this.#surface !== undefined && pending(this.#surface.state).length > 0;
  }

  #later(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#go();
    }, wait);
  }

  #say(save: SaveState, code: ErrorCode | null = null): void {
    if (save === this.#status.save && code === this.#status.code) return;
    this.#status = { ...this.#status, save, code };
    this.#tell(this.#status);
  }

  #heard(event: Event): void {
    if (event.event === 'remote' && event.editor === this.#editor) {
      this.#told = true;
      this.#unchecked();
      this.#events.push(event.applied);
      if (!this.#inFlight) this.#go();
    } else if (event.event === 'document' && event.space === this.#at.space && event.document === this.#at.document) {
      // The node tells an editor before it says that the document changed. If it did not, the change
      // was this page's own, or the node has forgotten this editor: whoever asks knows.
      if (!this.#told) this.#checkLater();
      this.#told = false;
    }
  }

  #checkLater(): void {
    this.#check ??= setTimeout(() => {
      this.#check = undefined;
      // What is on its way may have left before the change.
      if (this.#inFlight) this.#checkLater();
      else this.resync();
    }, CHECK);
  }

  /** What is asked or told now says what there was to ask. */
  #unchecked(): void {
    clearTimeout(this.#check);
    this.#check = undefined;
  }

  #reached(up: boolean): void {
    if (!up || this.#closed) return;
    if (this.#retryWith !== undefined) this.#retryNow();
    else this.resync();
  }

  async #send(): Promise<void> {
    const flight = this.#flight;
    if (flight === undefined) return;
    this.#unchecked();
    try {
      this.#answer = await this.#handIn(this.#editor, flight);
    } catch (thrown) {
      this.#failed(errorOf(thrown).code, () => void this.#send());
      return;
    }
    this.#retryWait = FIRST_RETRY;
    this.#go();
  }

  async #handIn(editor: number, { base, edits }: Flight): Promise<Applied> {
    this.#number ??= (await this.#backend.call('begin_editing', { editor })).session;
    return await this.#backend.call('edit_document', { editor, session: this.#number, base, edits });
  }

  #failed(code: ErrorCode, again: () => void): void {
    if (this.#closed) return;
    // The editor is gone with a node that ended, or what the edits were made on is.
    if (code === 'edit_unfit' || code === 'not_found') {
      void this.#reopen();
      return;
    }
    this.#say(code === 'not_allowed' || code === 'text_unreadable' ? 'refused' : 'unreachable', code);
    this.#retryWith = again;
    this.#retry = setTimeout(() => this.#retryNow(), this.#retryWait);
    this.#retryWait = Math.min(this.#retryWait * 2, LONGEST_RETRY);
  }

  #retryNow(): void {
    const again = this.#retryWith;
    clearTimeout(this.#retry);
    [this.#retry, this.#retryWith] = [undefined, undefined];
    again?.();
  }

  /** Does what can be done now: takes the answer in, then events, then hands in more. */
  #go(): void {
    const surface = this.#surface;
    if (surface === undefined || this.#closed) return;
    if (this.#isComposing) {
      this.#later(PAUSE);
      return;
    }
    const answer = this.#answer;
    if (this.#flight !== undefined) {
      if (answer === undefined) return;
      [this.#answer, this.#flight] = [undefined, undefined];
      if (!this.#take(surface, answer)) return;
    }
    if (this.#busy) return;
    while (this.#events.length > 0) {
      const at = this.#events.findIndex((event) => equal(event.base, this.#heads));
      const [next] = at < 0 ? [] : this.#events.splice(at, 1);
      if (next === undefined) break;
      if (!this.#take(surface, next)) return;
    }
    const unknown = this.#events.some((event) => !this.#isPast(event.base) && !this.#isPast(event.heads));
    this.#events = [];
    if (unknown) this.resync();
    else if (this.#timer === undefined) this.flush();
  }

  /** Takes edits from the core in; `false` when the content has to be asked for. */
  #take(surface: Surface, applied: Applied): boolean {
    const { confirmed } = tracked(surface.state);
    let fits = true;
    try {
      const edits = applied.blocks === null ? applied.edits : difference(confirmed, docOf(applied.blocks));
      surface.dispatch(confirm(surface.state, edits));
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      surface.dispatch(confirm(surface.state, []));
      fits = false;
    }
    this.#moved(applied.heads);
    const same = applied.checksum === null || checksum(tracked(surface.state).confirmed) === applied.checksum;
    if (fits && same) return true;
    this.#status = { ...this.#status, repairs: this.#status.repairs + 1 };
    this.#tell(this.#status);
    void this.#repair();
    return false;
  }

  #moved(heads: string[]): void {
    this.#past.push(keyOf(this.#heads));
    if (this.#past.length > REMEMBERED) this.#past.shift();
    this.#heads = heads;
    this.onmoved?.();
  }

  #isPast(heads: readonly string[]): boolean {
    return equal(heads, this.#heads) || this.#past.includes(keyOf(heads));
  }

  /** The page differs from what the core holds: asks for the content and goes there. */
  async #repair(): Promise<void> {
    this.#busy = true;
    let blocks: BlockView[];
    try {
      ({ blocks } = await this.#backend.call('document_at', { ...this.#at, heads: this.#heads }));
    } catch (thrown) {
      this.#failed(errorOf(thrown).code, () => void this.#repair());
      return;
    }
    this.#settle((surface) => this.#goTo(surface, blocks));
  }

  #goTo(surface: Surface, blocks: readonly BlockView[]): void {
    const edits = difference(tracked(surface.state).confirmed, docOf(blocks));
    surface.dispatch(confirm(surface.state, edits));
  }

  /** Opens the document again, in a new editor, and carries over what the core does not have. */
  async #reopen(): Promise<void> {
    this.#busy = true;
    const old = this.#editor;
    let opened: DocumentOpened | undefined;
    let answer: Applied | undefined;
    try {
      opened = await this.#backend.call('open_document', this.#at);
      answer = await this.#again(opened);
    } catch (thrown) {
      // A new editor that is gone already: the node ended again.
      const codes: Partial<Record<ErrorCode, ErrorCode>> = { not_found: 'not_allowed', edit_unfit: 'unreachable' };
      const { code } = errorOf(thrown);
      if (opened !== undefined) this.#forget(opened.editor);
      this.#failed(codes[code] ?? code, () => void this.#reopen());
      return;
    }
    this.#editor = opened.editor;
    this.#events = [];
    const now = opened;
    this.#settle((surface) => {
      if (answer === undefined) {
        surface.dispatch(takeBack(surface.state));
        [this.#flight, this.#answer, this.#number] = [undefined, undefined, undefined];
        this.#goTo(surface, now.blocks);
        this.#moved(now.heads);
      } else {
        this.#answer = answer;
        this.onmoved?.();
      }
      if (now.may_write !== this.#mayWrite) {
        this.#status = { ...this.#status, mayWrite: now.may_write };
        this.#tell(this.#status);
      }
    });
    this.#forget(old);
  }

  #forget(editor: number): void {
    void this.#backend.call('close_document', { editor }).catch(() => undefined);
  }

  /** The answer to what is in flight, asked in a new editor; nothing when what it was made on is gone. */
  async #again({ editor }: DocumentOpened): Promise<Applied | undefined> {
    const flight = this.#flight;
    if (flight === undefined || flight.edits.length === 0) return undefined;
    try {
      return await this.#handIn(editor, flight);
    } catch (thrown) {
      const { code } = errorOf(thrown);
      if (code === 'not_allowed' || (code === 'edit_unfit' && !(await this.#holds(flight.base)))) return undefined;
      throw thrown;
    }
  }

  /** Whether a version is in the document; work that was taken out of it takes what is built on it along. */
  async #holds(heads: string[]): Promise<boolean> {
    try {
      await this.#backend.call('document_at', { ...this.#at, heads });
      return true;
    } catch (thrown) {
      if (errorOf(thrown).code === 'not_found') return false;
      throw thrown;
    }
  }

  /** Ends being busy, when the person does not compose. */
  #settle(work: (surface: Surface) => void): void {
    const surface = this.#surface;
    if (this.#closed) return;
    if (this.#isComposing) {
      setTimeout(() => this.#settle(work), PAUSE);
      return;
    }
    if (surface !== undefined) work(surface);
    this.#busy = false;
    this.#retryWait = FIRST_RETRY;
    this.#go();
  }
}

function keyOf(heads: readonly string[]): string {
  return [...heads].sort().join(' ');
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return keyOf(a) === keyOf(b);
}
