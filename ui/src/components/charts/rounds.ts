// Votes that move from round to round, and candidates two by two.

import { chip } from './cross';
import { signOf } from './bars';
import type { Draw, Fill, Move } from './scene';
import { fillAt, fit, Pile, wrap } from './scene';

/** What a round begins with. */
export interface RoundVotes {
  /** Votes of each candidate, in the order of the candidates; `null` for those who are no longer in. */
  readonly votes: readonly (number | null)[];
  /** Votes of ballots that name nobody who is still in. */
  readonly exhausted: number;
  /** Places of the candidates that are elected, and of those that are out, in this round. */
  readonly elected: readonly number[];
  readonly out: readonly number[];
}

/** Votes on their way to the next round; `null` stands for ballots that name nobody who is still in. */
export interface Flow {
  readonly from: number | null;
  readonly to: number | null;
  readonly votes: number;
}

const LEAST = 1e-9;

/**
 * Where votes went between two rounds. Exact where one candidate gives votes away, as in every
 * count that takes one out at a time; with several at once their votes are shared out alike.
 * What stays is a flow from a candidate to itself.
 */
export function flows(here: RoundVotes, next: RoundVotes): Flow[] {
  const found: Flow[] = [];
  const losses: { from: number | null; votes: number }[] = [];
  const gains: { to: number | null; votes: number }[] = [];
  const compare = (place: number | null, before: number, after: number): void => {
    const stays = Math.min(before, after);
    if (stays > LEAST) found.push({ from: place, to: place, votes: stays });
    if (before - after > LEAST) losses.push({ from: place, votes: before - after });
    if (after - before > LEAST) gains.push({ to: place, votes: after - before });
  };
  for (const [place, votes] of here.votes.entries()) compare(place, votes ?? 0, next.votes[place] ?? 0);
  compare(null, here.exhausted, next.exhausted);
  const gained = gains.reduce((sum, gain) => sum + gain.votes, 0);
  for (const { from, votes } of losses) {
    for (const gain of gains) found.push({ from, to: gain.to, votes: (votes * gain.votes) / gained });
  }
  return found;
}

export interface RoundsData {
  readonly candidates: readonly { readonly label: string; readonly letter: string }[];
  readonly rounds: readonly RoundVotes[];
  readonly write: (votes: number) => string;
  /** "Round 2". */
  readonly title: (round: number) => string;
  readonly exhausted: string;
}

/** A piece of a round's line. */
interface Part {
  readonly place: number | null;
  readonly x: number;
  readonly w: number;
  readonly votes: number;
}

const GAP = 4;

/** The pieces of a round's line, in the order of the candidates; ballots without a choice at the end. */
export function partsOf(round: RoundVotes, width: number, whole: number): Part[] {
  const there = [...round.votes.map((votes, place) => ({ place, votes: votes ?? 0 })), { place: null, votes: round.exhausted }].filter((one) => one.votes > LEAST);
  const room = width - GAP * (round.votes.length);
  let x = 0;
  return there.map((one) => {
    const part = { ...one, x, w: whole <= 0 ? 0 : (one.votes / whole) * room };
    x += part.w + GAP;
    return part;
  });
}

const AWAY: Fill & { weave: 'back' } = { tone: 'ink-soft', weave: 'back' };

/** Rounds under each other, with ribbons between them. */
export function rounds(data: RoundsData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    const sums = data.rounds.map((round) => round.exhausted + round.votes.reduce<number>((sum, votes) => sum + (votes ?? 0), 0));
    const whole = Math.max(LEAST, ...sums);
    const used = data.rounds.some((round) => round.exhausted > LEAST);
    pile.legend([...data.candidates.map(({ label, letter }, at) => ({ label: `${letter}  ${label}`, fill: fillAt(at) })), ...(used ? [{ label: data.exhausted, fill: AWAY }] : [])]);
    pile.y += em * 0.4;
    const [high, between] = [em * 2.2, em * 4.2];
    const size = em * 0.9;
    for (const [at, round] of data.rounds.entries()) {
      pile.add({ kind: 'text', x: 0, y: pile.y + em, text: fit(data.title(at + 1), width, size, true, sheet), size, align: 'start', tone: 'ink', bold: true, halo: 'surface' });
      pile.y += em * 1.4;
      const parts = partsOf(round, width, whole);
      const next = data.rounds[at + 1];
      const top = pile.y;
      if (next !== undefined) {
        const ribbons = ribbonsOf(parts, partsOf(next, width, whole), flows(round, next), top + high, top + high + between);
        // Under the words of the next round, which are put on top of them afterwards.
        pile.add(...ribbons.map(({ moves, from }) => ({ kind: 'path' as const, moves, fill: { ...(from === null ? AWAY : fillAt(from)), weave: 'solid' as const, opacity: 0.3 } })));
      }
      for (const part of parts) {
        const fill = part.place === null ? AWAY : fillAt(part.place);
        pile.add({ kind: 'box', x: part.x, y: top, w: Math.max(1, part.w), h: high, fill, stroke: { tone: fill.tone, width: 1 } });
        const letter = part.place === null ? '' : (data.candidates[part.place]?.letter ?? '');
        const long = `${letter} ${data.write(part.votes)}`.trim();
        const text = sheet.measure(long, em * 0.875, true) + em * 0.5 <= part.w - 3 ? long : letter;
        if (text !== '') chip(pile, part, text, high);
        if (part.place === null) continue;
        const [x, y] = [part.x + part.w / 2, top + high + em * 0.85];
        const signed = round.out.includes(part.place) ? false : round.elected.includes(part.place) ? true : undefined;
        if (signed === undefined) continue;
        pile.add({ kind: 'dot', x, y, r: em * 0.68, fill: { tone: 'surface' }, stroke: { tone: signed ? 'good' : 'bad', width: 1.5 } });
        pile.add(signOf(signed, x, y, em));
      }
      pile.y = top + high + (next === undefined ? em * 1.9 : between - em * 1.4);
    }
    return pile.scene(true);
  };
}

/** Ribbons between the pieces of two lines: each leaves where the one before it left off. */
export function ribbonsOf(above: readonly Part[], below: readonly Part[], all: readonly Flow[], from: number, to: number): { moves: Move[]; from: number | null; to: number | null }[] {
  const scale = (parts: readonly Part[]): number => {
    const part = parts.find((one) => one.votes > LEAST);
    return part === undefined ? 0 : part.w / part.votes;
  };
  const unit = Math.min(scale(above) || Infinity, scale(below) || Infinity);
  if (!Number.isFinite(unit)) return [];
  const [leave, arrive] = [new Map<number | null, number>(), new Map<number | null, number>()];
  const side = (place: number | null, width: number): number => (place === null ? width + 1 : place);
  // What stays runs straight down; what moves leaves and arrives in the order of the line.
  const order = [...all].sort((one, other) => side(one.from, above.length + 99) - side(other.from, above.length + 99) || side(one.to, 99) - side(other.to, 99));
  const starts = order.map((flow) => {
    const part = above.find((one) => one.place === flow.from);
    const x = (part?.x ?? 0) + (leave.get(flow.from) ?? 0);
    leave.set(flow.from, (leave.get(flow.from) ?? 0) + flow.votes * unit);
    return { flow, x };
  });
  const ends = [...starts].sort((one, other) => side(one.flow.to, 99) - side(other.flow.to, 99) || side(one.flow.from, 99) - side(other.flow.from, 99));
  return ends.map(({ flow, x }) => {
    const part = below.find((one) => one.place === flow.to);
    const end = (part?.x ?? 0) + (arrive.get(flow.to) ?? 0);
    const w = flow.votes * unit;
    arrive.set(flow.to, (arrive.get(flow.to) ?? 0) + w);
    const middle = (from + to) / 2;
    const moves: Move[] = [
      ['M', x, from],
      ['C', x, middle, end, middle, end, to],
      ['L', end + w, to],
      ['C', end + w, middle, x + w, middle, x + w, from],
      ['Z'],
    ];
    return { moves, from: flow.from, to: flow.to };
  });
}

/** Two candidates against each other. */
export interface Duel {
  /** Places of the candidates. */
  readonly one: number;
  readonly other: number;
  readonly forOne: number;
  readonly forOther: number;
}

export interface DuelsData {
  readonly candidates: readonly { readonly label: string }[];
  readonly duels: readonly Duel[];
  readonly voters: number;
  readonly write: (votes: number) => string;
}

/** Turned so that the winner comes first; the closest last among those of one winner. */
export function ordered(duels: readonly Duel[]): Duel[] {
  return duels
    .map((duel) => (duel.forOther > duel.forOne ? { one: duel.other, other: duel.one, forOne: duel.forOther, forOther: duel.forOne } : duel))
    .sort((a, b) => a.one - b.one || a.other - b.other);
}

/** Duels under each other: who has more reaches over the middle. */
export function duels(data: DuelsData): Draw {
  return (sheet) => {
    const pile = new Pile(sheet);
    const { em, width } = sheet;
    for (const duel of ordered(data.duels)) {
      const equal = duel.forOne === duel.forOther;
      const [size, high] = [em * 0.95, em * 1.3];
      const whole = Math.max(1, data.voters, duel.forOne + duel.forOther);
      const half = width / 2 - em * 0.6;
      const foot = pile.y + em * 1.1;
      const step = em * 1.35;
      const sign = equal ? 0 : em * 1.2;
      if (!equal) pile.add(signOf(true, em * 0.45, foot - em * 0.33, em));
      const [one, other] = [duel.one, duel.other].map((place, nth) => wrap(data.candidates[place]?.label ?? '', half - (nth === 0 ? sign : 0), size, nth === 0 && !equal, sheet, 2));
      for (const [nth, text] of (one ?? []).entries()) pile.add({ kind: 'text', x: sign, y: foot + nth * step, text, size, align: 'start', tone: 'ink', bold: !equal });
      for (const [nth, text] of (other ?? []).entries()) pile.add({ kind: 'text', x: width, y: foot + nth * step, text, size, align: 'end', tone: equal ? 'ink' : 'ink-soft' });
      pile.y += em * 1.55 + (Math.max(1, one?.length ?? 0, other?.length ?? 0) - 1) * step;
      const [a, b] = [(duel.forOne / whole) * width, (duel.forOther / whole) * width];
      pile.add({ kind: 'box', x: 0, y: pile.y, w: width, h: high, fill: { tone: 'sunken' }, stroke: { tone: 'line', width: 1 } });
      pile.add({ kind: 'box', x: 0, y: pile.y, w: a, h: high, fill: { tone: equal ? 'hand-2' : 'primary', weave: equal ? 'stripes' : 'solid' } });
      pile.add({ kind: 'box', x: width - b, y: pile.y, w: b, h: high, fill: { tone: 'hand-2', weave: 'stripes' }, stroke: { tone: 'hand-2', width: 1 } });
      pile.add({ kind: 'box', x: width / 2 - 2.5, y: pile.y - 3, w: 5, h: high + 6, fill: { tone: 'surface' } });
      pile.add({ kind: 'box', x: width / 2 - 1, y: pile.y - 3, w: 2, h: high + 6, fill: { tone: 'ink' } });
      chip(pile, { x: 0, w: Math.max(a, em * 3) }, data.write(duel.forOne), high);
      chip(pile, { x: width - Math.max(b, em * 3), w: Math.max(b, em * 3) }, data.write(duel.forOther), high);
      pile.y += high + em * 0.9;
    }
    return pile.scene(true);
  };
}
