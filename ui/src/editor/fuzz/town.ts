// Several editors on several replicas of one document, and a wire between each and its core that
// delays, reorders and, when asked to, loses. The cores are real; so are the sessions.

import type { Transaction } from 'prosemirror-state';
import { EditorState } from 'prosemirror-state';
import { vi } from 'vitest';

import type { AnswerOf, ArgsOf, Backend, CallName, Stop } from '../../backend/types';
import { CallFailed } from '../../backend/types';
import type { BlockView } from '../../bindings/BlockView';
import type { Event } from '../../bindings/Event';
import { blocksOf, docOf } from '../blocks';
import { writing } from '../commands';
import { schema } from '../schema';
import type { Status, Surface } from '../session';
import { Session } from '../session';
import { isOwn, tracked, tracking } from '../tracking';
import type { Core } from './core';
import type { Dice } from './dice';

const AT = { space: 'space', document: 'document' };

/** Something under way: `go` brings it one stage further. */
interface Parcel {
  to: Desk;
  stage: 'request' | 'answer' | 'event';
  go: () => Promise<void> | void;
  lose: () => Promise<void> | void;
}

/** One open page: a real session on a surface without a screen. */
export class Desk implements Backend, Surface {
  readonly town: Town;
  readonly replica: number;
  state: EditorState = EditorState.create({ schema });
  composing = false;
  session: Session | undefined;
  status: Status | undefined;
  /** Microseconds of the page's own work for each of the person's transactions. */
  readonly keys: number[] = [];
  /** What came from the core when the page differed from it, and what the page held then. */
  readonly differed: object[] = [];
  #last: object = {};
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #watchers = new Set<(up: boolean) => void>();

  constructor(town: Town, replica: number) {
    this.town = town;
    this.replica = replica;
  }

  async open(): Promise<void> {
    const opening = Session.open(this, AT, (status) => this.#told(status));
    await this.town.deliverAll();
    this.session = await opening;
    const doc = docOf(this.session.opened.blocks);
    this.state = EditorState.create({ doc, plugins: [...writing(), tracking(doc)] });
    this.session.attach(this);
  }

  #told(status: Status): void {
    if (status.repairs > (this.status?.repairs ?? 0)) {
      this.differed.push({ ...this.#last, page: blocksOf(tracked(this.state).confirmed) });
    }
    this.status = status;
  }

  dispatch(tr: Transaction): void {
    const began = performance.now();
    const own = isOwn(tr);
    this.state = this.state.apply(tr);
    this.state.doc.check();
    if (own) this.keys.push((performance.now() - began) * 1000);
    if (own) this.session?.changed();
  }

  call<K extends CallName>(name: K, args: ArgsOf<K>): Promise<AnswerOf<K>> {
    return new Promise((resolve, reject) => {
      const unreachable = (): void => {
        reject(new CallFailed({ code: 'unreachable', message: 'reaching the node', detail: 'host' }));
      };
      const answer = (go: () => void): void => {
        this.town.wire.push({ to: this, stage: 'answer', go, lose: unreachable });
      };
      const ask = async (): Promise<void> => {
        try {
          const answered = await this.town.ask<AnswerOf<K>>(this.replica, name, args);
          this.#last = { name, args, answered };
          answer(() => resolve(answered));
        } catch (thrown) {
          answer(() => reject(thrown as Error));
        }
      };
      this.town.wire.push({ to: this, stage: 'request', go: ask, lose: unreachable });
    });
  }

  events(listener: (event: Event) => void): Stop {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reach(listener: (up: boolean) => void): Stop {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  hear(event: Event): void {
    this.#last = event;
    for (const listener of this.#listeners) listener(event);
  }

  /** The way to the node is lost and found: events under way are gone. */
  reconnect(): void {
    this.town.wire = this.town.wire.filter((parcel) => parcel.to !== this || parcel.stage !== 'event');
    for (const watcher of this.#watchers) watcher(false);
    for (const watcher of this.#watchers) watcher(true);
  }

  get blocks(): BlockView[] {
    return blocksOf(this.state.doc);
  }
}

export class Town {
  readonly core: Core;
  readonly dice: Dice;
  readonly desks: Desk[] = [];
  readonly replicas: number;
  /** Milliseconds that the core took for each edit. */
  readonly answers: number[] = [];
  wire: Parcel[] = [];

  private constructor(core: Core, dice: Dice, replicas: number) {
    this.core = core;
    this.dice = dice;
    this.replicas = replicas;
  }

  /** A town with `replicas` devices and a page on each, and `more` pages beside others. */
  static async open(core: Core, dice: Dice, replicas: number, more: number): Promise<Town> {
    const town = new Town(core, dice, replicas);
    await core.ask({ op: 'reset', replicas, seed: dice.between(0, 255) });
    for (let number = 0; number < replicas + more; number += 1) {
      const desk = new Desk(town, number % replicas);
      await desk.open();
      town.desks.push(desk);
    }
    return town;
  }

  /** A call as the node would answer it, without space and lane. */
  async ask<T>(replica: number, name: CallName, args: object): Promise<T> {
    switch (name) {
      case 'open_document':
        return await this.core.ask<T>({ op: 'open', replica });
      case 'close_document':
        return await this.core.ask<T>({ op: 'close', ...args });
      case 'begin_editing':
        return await this.core.ask<T>({ op: 'begin', ...args });
      case 'document_at':
        return await this.core.ask<T>({ op: 'content', replica, ...args });
      case 'edit_document': {
        const began = performance.now();
        const answer = await this.core.ask<T>({ op: 'edit', ...args });
        this.answers.push(performance.now() - began);
        return answer;
      }
      default:
        throw new Error(`an editor does not call ${name}`);
    }
  }

  /** Brings something that is under way one stage further, or loses it. */
  async deliver(loss = 0): Promise<void> {
    const desk = this.dice.pick(this.desks);
    const mine = this.wire.filter((parcel) => parcel.to === desk);
    // Events come in order; requests and answers are one at a time; the two pass each other.
    const first = mine.find((parcel) => parcel.stage === 'event');
    const rest = mine.filter((parcel) => parcel.stage !== 'event');
    const ready = first === undefined ? rest : [...rest, first];
    if (ready.length === 0) return;
    const parcel = this.dice.pick(ready);
    this.wire.splice(this.wire.indexOf(parcel), 1);
    if (parcel.stage !== 'event' && this.dice.chance(loss)) await parcel.lose();
    else await parcel.go();
    await settled();
  }

  async deliverAll(): Promise<void> {
    await settled();
    for (let parcel = this.wire.shift(); parcel !== undefined; parcel = this.wire.shift()) {
      await parcel.go();
      await settled();
    }
  }

  async sync(from: number, to: number): Promise<void> {
    await this.core.ask({ op: 'sync', from, to });
  }

  /** A replica tells its editors of others' edits. */
  async tell(replica: number): Promise<void> {
    const { changed, events } = await this.core.ask<{ changed: boolean; events: Event[] }>({ op: 'tell', replica });
    if (changed) events.push({ event: 'document', ...AT });
    for (const event of events) {
      // Whoever it is for knows its number; the others do not listen to it.
      for (const desk of this.desks.filter((one) => one.replica === replica)) {
        this.wire.push({ to: desk, stage: 'event', go: () => desk.hear(event), lose: () => undefined });
      }
    }
  }

  /** The node of a replica ends and starts; what it had confirmed is on its disk. Its pages see the
   * way there go and come, unless only the space was read again. */
  async restart(replica: number, whole: boolean): Promise<void> {
    await this.core.ask({ op: 'restart', replica });
    if (whole) for (const desk of this.desks) if (desk.replica === replica) desk.reconnect();
  }

  /** Everyone stops typing, and everything is delivered and exchanged. */
  async rest(): Promise<void> {
    for (const desk of this.desks) desk.composing = false;
    for (let turn = 0; turn < 60; turn += 1) {
      vi.advanceTimersByTime(10_000);
      await this.deliverAll();
      for (let from = 0; from < this.replicas; from += 1) {
        for (let to = 0; to < this.replicas; to += 1) if (from !== to) await this.sync(from, to);
      }
      for (let replica = 0; replica < this.replicas; replica += 1) await this.tell(replica);
      const quiet = this.desks.every((desk) => desk.session?.quiet === true);
      if (quiet && this.wire.length === 0) return;
    }
    throw new Error('the town does not come to rest');
  }

  /** What a replica's core holds. */
  async content(replica: number): Promise<{ blocks: BlockView[]; checksum: string; heads: string[] }> {
    return await this.core.ask({ op: 'content', replica });
  }
}

/** Lets every promise that can go on go on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
