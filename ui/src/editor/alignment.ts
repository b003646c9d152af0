// Which units of a document the page shows are which units of an earlier one: the core's confirmed
// document on one side, what the person made of it on the other. From it come the edits that lead
// from one to the other, and the place where a remote edit belongs in the page.
//
// An alignment is a list of pieces in the order of the later document: kept from the earlier one,
// ascending, or fresh. Unit 0 is kept, always. Alignments are values: every verb gives a new one.

export interface Piece {
  /** Where it is in the earlier document; `null` when it is fresh. */
  readonly from: number | null;
  readonly length: number;
  /** Whether marks or kinds may differ from the earlier document's. */
  readonly touched: boolean;
}

export type Alignment = readonly Piece[];

/** Everything kept. */
export function same(length: number): Alignment {
  return [{ from: 0, length, touched: false }];
}

/** Whether nothing differs, for an earlier document of a length. */
export function isSame(alignment: Alignment, length: number): boolean {
  const [only, more] = alignment;
  return only !== undefined && more === undefined && only.from === 0 && !only.touched && only.length === length;
}

/** Joins neighbours that continue each other. */
function tidy(pieces: readonly Piece[]): Alignment {
  const out: Piece[] = [];
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    const last = out[out.length - 1];
    const goesOn =
      last !== undefined &&
      last.touched === piece.touched &&
      (last.from === null ? piece.from === null : piece.from === last.from + last.length);
    if (goesOn) out[out.length - 1] = { ...last, length: last.length + piece.length };
    else out.push(piece);
  }
  return out;
}

/** The pieces of `[start, end)` of the later document. */
export function cut(alignment: Alignment, start: number, end: number): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const piece of alignment) {
    const [from, to] = [Math.max(start, at), Math.min(end, at + piece.length)];
    if (from < to) {
      out.push({ ...piece, from: piece.from === null ? null : piece.from + from - at, length: to - from });
    }
    at += piece.length;
    if (at >= end) break;
  }
  return out;
}

const END = Number.POSITIVE_INFINITY;

/** `[start, end)` of the later document gives way to something fresh. */
export function replace(alignment: Alignment, start: number, end: number, fresh: number): Alignment {
  const put = { from: null, length: fresh, touched: false };
  return tidy([...cut(alignment, 0, start), put, ...cut(alignment, end, END)]);
}

/** `[start, end)` of the later document may look different now. */
export function touch(alignment: Alignment, start: number, end: number): Alignment {
  const middle = cut(alignment, start, end).map((piece) => (piece.from === null ? piece : { ...piece, touched: true }));
  return tidy([...cut(alignment, 0, start), ...middle, ...cut(alignment, end, END)]);
}

/** Pieces of the later document that are units `[from, to)` of the earlier one, with their places. */
export interface Image {
  /** Where it is in the later document. */
  at: number;
  from: number;
  length: number;
  touched: boolean;
}

export function imagesOf(alignment: Alignment, from: number, to: number): Image[] {
  const out: Image[] = [];
  let at = 0;
  for (const piece of alignment) {
    if (piece.from !== null) {
      const [start, end] = [Math.max(from, piece.from), Math.min(to, piece.from + piece.length)];
      if (start < end) {
        out.push({ at: at + start - piece.from, from: start, length: end - start, touched: piece.touched });
      }
    }
    at += piece.length;
  }
  return out;
}

/** The gap in the later document behind everything kept from before a boundary of the earlier. */
export interface Gap {
  at: number;
  /** How many fresh units follow. */
  fresh: number;
}

export function gapAt(alignment: Alignment, boundary: number): Gap {
  let at = 0;
  let gap: Gap = { at: 0, fresh: 0 };
  for (const piece of alignment) {
    if (piece.from === null) {
      if (gap.at === at) gap = { at, fresh: piece.length };
    } else {
      if (piece.from >= boundary) break;
      if (piece.from + piece.length > boundary) return { at: at + boundary - piece.from, fresh: 0 };
      gap = { at: at + piece.length, fresh: 0 };
    }
    at += piece.length;
  }
  return gap;
}

/** The boundary of the earlier document behind everything kept before a gap of the later one. */
export function boundaryAt(alignment: Alignment, gap: number): number {
  let at = 0;
  let boundary = 0;
  for (const piece of alignment) {
    if (at >= gap) break;
    if (piece.from !== null) boundary = piece.from + Math.min(piece.length, gap - at);
    at += piece.length;
  }
  return boundary;
}

/** The earlier document got `count` units before `boundary`, shown at `at` in the later one. */
export function insert(alignment: Alignment, boundary: number, count: number, at: number): Alignment {
  const moved = (piece: Piece): Piece =>
    piece.from === null || piece.from < boundary ? piece : { ...piece, from: piece.from + count };
  // A piece over the boundary is cut in two: the gap is inside of it.
  const put = { from: boundary, length: count, touched: false };
  return tidy([...cut(alignment, 0, at), put, ...cut(alignment, at, END).map(moved)]);
}

/** The earlier document lost `[boundary, boundary + count)`; the later one shows none of it. */
export function remove(alignment: Alignment, boundary: number, count: number): Alignment {
  const end = boundary + count;
  const out: Piece[] = [];
  for (const piece of alignment) {
    if (piece.from === null) {
      out.push(piece);
      continue;
    }
    const before = Math.min(Math.max(boundary - piece.from, 0), piece.length);
    const after = Math.min(Math.max(piece.from + piece.length - end, 0), piece.length);
    out.push({ ...piece, length: before });
    out.push({ ...piece, from: Math.max(piece.from, end) - count, length: after });
  }
  return tidy(out);
}

/** Two alignments in a row as one. */
export function compose(first: Alignment, second: Alignment): Alignment {
  const out: Piece[] = [];
  for (const piece of second) {
    if (piece.from === null) {
      out.push(piece);
      continue;
    }
    for (const part of cut(first, piece.from, piece.from + piece.length)) {
      out.push(part.from === null || !piece.touched ? part : { ...part, touched: true });
    }
  }
  return tidy(out);
}
