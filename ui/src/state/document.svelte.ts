// A document's title, who wrote what in it, and its earlier versions. Its text is the editor's.

import type { DocumentSummary } from '../bindings/DocumentSummary';
import type { DocumentVersion } from '../bindings/DocumentVersion';
import type { PastDocument } from '../bindings/PastDocument';
import type { Event } from '../bindings/Event';
import { Live } from './live.svelte';
import { ask } from './node';

function about(space: string, document: string): (event: Event) => boolean {
  return (event) => event.event === 'document' && event.space === space && event.document === document;
}

/** The document as it stands in the list of its space. */
export class DocumentTitle extends Live<DocumentSummary | undefined> {
  readonly #at: { space: string; document: string };

  constructor(space: string, document: string) {
    super(
      async () => (await ask('documents', { space })).find((one) => one.document === document),
      about(space, document),
    );
    this.#at = { space, document };
  }

  async rename(title: string): Promise<void> {
    await ask('rename_document', { ...this.#at, title });
    await this.refresh();
  }
}


export class History extends Live<DocumentVersion[]> {
  readonly #at: { space: string; document: string };

  constructor(space: string, document: string) {
    super(() => ask('history', { space, document }), about(space, document));
    this.#at = { space, document };
  }

  at(heads: string[]): Promise<PastDocument> {
    return ask('document_at', { ...this.#at, heads });
  }
}
