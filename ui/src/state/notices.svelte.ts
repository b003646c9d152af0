// Short messages after something was done.

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly act?: { readonly label: string; readonly run: () => void };
}

const SHOWN_FOR = 8000;

class Notices {
  all = $state.raw<readonly Notice[]>([]);
  #next = 1;

  /** Says something for a few seconds; `act` offers one thing to do about it. */
  say(text: string, act?: Notice['act']): void {
    const id = this.#next++;
    this.all = [...this.all.slice(-2), act === undefined ? { id, text } : { id, text, act }];
    setTimeout(() => this.drop(id), SHOWN_FOR);
  }

  drop(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
