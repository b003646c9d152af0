// Photos and sounds: kept by the node for an answer, and shown as far as they came.

import type { AnswerValue } from '../bindings/AnswerValue';
import type { BlobView } from '../bindings/BlobView';
import { fromBase64, putFile } from './files';
import { Live } from './live.svelte';
import { ask } from './node';
import { route } from './route.svelte';

/** The longest recording, in seconds: what everybody can listen to and a weak link can carry. */
export const MAX_SECONDS = 180;

/** The space of the screen that is shown. */
export function spaceHere(): string {
  return 'space' in route.place ? (route.place.space ?? '') : '';
}

/** Hands a picture to the node, which makes it small; answers what to hand in. It is of the space where it began. */
export async function keepPhoto(file: Blob, progress: (share: number) => void, space = spaceHere()): Promise<AnswerValue> {
  const path = await putFile(new File([file], nameFor('photo')), (done) => progress(done / file.size));
  return { type: 'photo', value: await ask('keep_photo', { space, path }) };
}

/** Hands a recording to the node; answers what to hand in. */
export async function keepSound(file: Blob, progress: (share: number) => void, space = spaceHere()): Promise<AnswerValue> {
  const path = await putFile(new File([file], nameFor('sound')), (done) => progress(done / file.size));
  return { type: 'sound', value: (await ask('keep_sound', { space, path })).sound };
}

/** Two fields of one page do not write into one file. */
function nameFor(kind: string): string {
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return `${kind}-${String(number)}`;
}

/** A photo or a sound, shown once it is whole. */
export class BlobHere extends Live<BlobView> {
  /** Where the page finds it. */
  url = $state<string>();
  readonly #at: { space: string; blob: string };

  constructor(blob: string, space = spaceHere()) {
    super(
      async () => {
        const view = await ask('blob', { space, blob });
        if (view.base64 !== null && this.url === undefined) {
          this.url = URL.createObjectURL(new Blob([fromBase64(view.base64)], { type: view.media_type }));
        }
        return { ...view, base64: null };
      },
      (event) => event.event === 'blob' && event.space === space && event.blob === blob,
    );
    this.#at = { space, blob };
  }

  /** Asks whoever has it. */
  async fetch(): Promise<void> {
    await ask('fetch_blob', this.#at);
  }

  /** Lets go of the bytes. */
  drop(): void {
    if (this.url !== undefined) URL.revokeObjectURL(this.url);
    this.url = undefined;
  }
}
