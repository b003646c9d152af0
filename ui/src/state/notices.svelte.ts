// Short messages after something was done.

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly act?: { readonly label: string; readonly run: () => void };
}

const SHOWN_FOR = 8000;

class Notices {
  /** One at a time: what was said before the last deed is no longer so. */
  now = $state.raw<Notice>();
  #next = 1;

  /** Says something for a few seconds; `act` offers one thing to do about it. */
  say(text: string, act?: Notice['act']): void {
    const id = this.#next++;
    this.now = act === undefined ? { id, text } : { id, text, act };
    setTimeout(() => this.drop(id), SHOWN_FOR);
  }

  drop(id: number): void {
    if (this.now?.id === id) this.now = undefined;
  }
}

export const notices = new Notices();
