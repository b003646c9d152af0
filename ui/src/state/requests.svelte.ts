// What people of a space ask of its office about their own words.

import type { RequestsView } from '../bindings/RequestsView';
import type { RequestView } from '../bindings/RequestView';
import { aboutSpace, Live } from './live.svelte';
import { ask } from './node';

export class Requests extends Live<RequestsView> {
  readonly #space: string;

  constructor(space: string) {
    super(() => ask('erasure_requests', { space }), aboutSpace(space));
    this.#space = space;
  }

  async reply(one: RequestView, done: boolean, text: string): Promise<void> {
    await ask('reply_erasure', { space: this.#space, consultation: one.consultation, request: one.request, done, text });
    await this.refresh();
  }
}

/** Asks that what this person wrote in a document be deleted. */
export async function askDocumentErasure(space: string, document: string, text: string): Promise<void> {
  await ask('ask_document_erasure', { space, document, text });
}

/** Asks that what this person said in a consultation be deleted. */
export async function askErasure(space: string, consultation: string, text: string): Promise<void> {
  await ask('ask_erasure', { space, consultation, text });
}
