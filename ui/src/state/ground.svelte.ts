// Where the answers to a question are, as a map shows them.

import type { CategoryView } from '../bindings/CategoryView';
import type { GroundView } from '../bindings/GroundView';
import type { ResponseView } from '../bindings/ResponseView';
import { aboutProcess, Live } from './live.svelte';
import { ask } from './node';

/** More groups than this nobody tells apart; the others are one. */
export const MOST_GROUPS = 6;
const DEGREE = 10_000_000;
const PAGE = 20;

export interface Spot {
  readonly lon: number;
  readonly lat: number;
  readonly label: string;
  readonly group: number | undefined;
}

/** Places with their groups: the largest by name, the rest together. `name` says what a group is called. */
export function spotsOf(view: GroundView, name: (group: CategoryView) => string, rest: string): { spots: Spot[]; groups: string[] | undefined } {
  const counts = view.groups.map((_, at) => view.points.filter((point) => point.group === at).length);
  const used = counts.flatMap((count, at) => (count > 0 ? [at] : []));
  const largest = [...used].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  const told = used.length <= MOST_GROUPS ? used : largest.slice(0, MOST_GROUPS - 1).sort((a, b) => a - b);
  const place = (group: number | null): number | undefined => {
    if (group === null || view.groups.length === 0) return undefined;
    const at = told.indexOf(group);
    return at >= 0 ? at : told.length;
  };
  const names = told.flatMap((at) => view.groups[at] ?? []).map(name);
  return {
    spots: view.points.map((point) => ({ lon: point.longitude / DEGREE, lat: point.latitude / DEGREE, label: '', group: place(point.group) })),
    groups: view.groups.length === 0 ? undefined : told.length < used.length ? [...names, rest] : names,
  };
}

/** Cells in degrees. */
export function cellsOf(view: GroundView): { west: number; south: number; side: number; count: number }[] {
  return view.cells.map(({ west, south, count }) => ({ west: west / DEGREE, south: south / DEGREE, side: view.side / DEGREE, count }));
}

export class Ground extends Live<GroundView> {
  /** The question that gives groups. */
  by = $state<string | null>(null);
  /** Below this nothing is told. */
  least = $state(0);
  /** The answers at a place that was tapped. */
  here = $state.raw<readonly ResponseView[]>([]);
  /** How many of them there are in all. */
  all = $state(0);
  #slots: readonly string[] = [];
  #shown = PAGE;
  readonly #at: { space: string; consultation: string };

  constructor(space: string, consultation: string, question: string) {
    super(() => ask('ground', { space, consultation, question, by: this.by, least: this.least }), aboutProcess(space, consultation));
    this.#at = { space, consultation };
  }

  /** Lists the answers at some places, by their numbers in the list. */
  async list(places: readonly number[]): Promise<void> {
    const slots = places.flatMap((at) => this.value?.points[at]?.slot ?? []).sort();
    this.#slots = slots.filter((slot, at) => slot !== slots[at - 1]);
    this.#shown = PAGE;
    await this.#read();
  }

  async more(): Promise<void> {
    this.#shown += PAGE;
    await this.#read();
  }

  drop(): void {
    [this.#slots, this.here, this.all] = [[], [], 0];
  }

  async #read(): Promise<void> {
    const slots = this.#slots.slice(0, this.#shown);
    const page = await ask('responses', { ...this.#at, mine: false, counted: true, text: '', slots, offset: 0, limit: this.#shown });
    [this.here, this.all] = [page.responses, this.#slots.length];
  }
}
