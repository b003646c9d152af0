// Fingers, mouse and wheel on a map: one finger moves it, two bring it nearer.

export interface Moved {
  readonly zoom: (by: number, at: readonly [number, number]) => void;
  readonly move: (dx: number, dy: number) => void;
  /** Whether one finger moves the map; else it scrolls the page. */
  readonly free: () => boolean;
}

type Spot = readonly [number, number];

export class Hands {
  readonly #moved: Moved;
  readonly #down = new Map<number, Spot>();

  constructor(moved: Moved) {
    this.#moved = moved;
  }

  /** Listens to what happens on the picture within an element. */
  readonly attach = (within: HTMLElement): (() => void) => {
    const on = (event: Event): Element | undefined => {
      const svg = event.target instanceof Element ? event.target.closest('svg[role="img"]') : null;
      return svg ?? undefined;
    };
    const spot = (event: MouseEvent, svg: Element): Spot => {
      const box = svg.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const down = (event: PointerEvent): void => {
      const svg = on(event);
      if (svg !== undefined) this.#down.set(event.pointerId, spot(event, svg));
    };
    const move = (event: PointerEvent): void => {
      const svg = within.querySelector('svg[role="img"]');
      if (svg === null || !this.#down.has(event.pointerId)) return;
      this.follow(event.pointerId, spot(event, svg));
    };
    const up = (event: PointerEvent): void => {
      this.#down.delete(event.pointerId);
    };
    const wheel = (event: WheelEvent): void => {
      const svg = on(event);
      // The wheel alone scrolls the page; with the key that zooms elsewhere too it zooms here.
      if (svg === undefined || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#moved.zoom(Math.exp(-event.deltaY / 300), spot(event, svg));
    };
    within.addEventListener('pointerdown', down);
    within.addEventListener('wheel', wheel, { passive: false });
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
    window.addEventListener('pointercancel', up);
    return () => {
      within.removeEventListener('pointerdown', down);
      within.removeEventListener('wheel', wheel);
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
      window.removeEventListener('pointercancel', up);
    };
  };

  /** Puts a finger down; for what does not come from a document. */
  press(finger: number, at: Spot): void {
    this.#down.set(finger, at);
  }

  /** A finger that is down has moved. */
  follow(finger: number, now: Spot): void {
    const before = this.#down.get(finger);
    if (before === undefined) return;
    this.#down.set(finger, now);
    const other = [...this.#down].find(([id]) => id !== finger)?.[1];
    if (other !== undefined) {
      const middle: Spot = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      const far = (one: Spot): number => Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]));
      this.#moved.zoom(far(now) / far(before), middle);
      this.#moved.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else if (this.#moved.free()) {
      this.#moved.move(now[0] - before[0], now[1] - before[1]);
    }
  }
}
