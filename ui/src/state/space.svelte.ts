// One space: its facts, its lists, and what was set aside in it.

import type { CapabilityName } from '../bindings/CapabilityName';
import type { ConsultationSummary } from '../bindings/ConsultationSummary';
import type { DocumentSummary } from '../bindings/DocumentSummary';
import type { Home } from '../bindings/Home';
import type { QuarantineItem } from '../bindings/QuarantineItem';
import type { SpaceView } from '../bindings/SpaceView';
import { Live, aboutSpace } from './live.svelte';
import { ask } from './node';
import { say } from './words.svelte';

/** What a document is called here. */
export function titleOf(title: string): string {
  return title === '' ? say('document.title') : title;
}

/** A space's own facts. */
export class Space extends Live<SpaceView> {
  constructor(space: string) {
    super(() => ask('space', { space }), aboutSpace(space));
  }

  /** Whether the core allows it to this device. */
  may(capability: CapabilityName): boolean {
    return this.value?.may.includes(capability) ?? false;
  }
}

/** The consultations of a space. */
export class Consultations extends Live<ConsultationSummary[]> {
  constructor(space: string) {
    super(
      () => ask('consultations', { space }),
      (event) => event.event !== 'remote' && event.event !== 'sync' && aboutSpace(space)(event),
    );
  }

  in(phase: ConsultationSummary['phase']): ConsultationSummary[] {
    return (this.value ?? []).filter((one) => one.phase === phase);
  }
}

/** The documents of a space. */
export class Documents extends Live<DocumentSummary[]> {
  readonly #space: string;

  constructor(space: string) {
    super(
      () => ask('documents', { space }),
      (event) => event.event === 'document' && event.space === space,
    );
    this.#space = space;
  }

  async add(title: string, text: string): Promise<string> {
    return (await ask('new_document', { space: this.#space, title, text })).document;
  }
}

/** What does not count, and why. */
export class Aside extends Live<QuarantineItem[]> {
  readonly #space: string;

  constructor(space: string) {
    super(() => ask('quarantine', { space }), aboutSpace(space));
    this.#space = space;
  }

  async adopt(entries: string[]): Promise<void> {
    await ask('adopt', { space: this.#space, entries });
    await this.refresh();
  }

  /** This person was shown what was signed twice: on one lane, or all. */
  async seen(lane: string | null): Promise<void> {
    await ask('forks_seen', { space: this.#space, lane });
  }
}

/** What is asked of this person, over all spaces. */
export class Asked extends Live<Home> {
  constructor() {
    super(
      () => ask('home', {}),
      (event) => event.event === 'me' || event.event === 'membership' || event.event === 'process',
    );
  }
}

/** What a device signed more than once in one place: of each chain the first such place, with all that stands there. */
export function signedTwice(items: readonly QuarantineItem[]): QuarantineItem[][] {
  const places: Record<string, QuarantineItem[]> = {};
  for (const item of items) {
    if (item.signed !== null) (places[`${item.lane} ${item.device} ${String(item.signed.position)}`] ??= []).push(item);
  }
  const first: Record<string, QuarantineItem[]> = {};
  for (const all of Object.values(places)) {
    const [one] = all;
    if (one === undefined || one.signed === null || all.length < 2) continue;
    const chain = `${one.lane} ${one.device}`;
    const known = first[chain]?.[0]?.signed?.position ?? Infinity;
    if (one.signed.position < known) first[chain] = all.toSorted((a, b) => (a.entry < b.entry ? -1 : 1));
  }
  return Object.values(first);
}
