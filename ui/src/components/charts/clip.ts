// Cuts lines to what is seen, so that a map ends at its frame in a file too.

type Spot = readonly [number, number];

interface Side {
  readonly inside: (spot: Spot) => boolean;
  readonly cross: (a: Spot, b: Spot) => Spot;
}

function sides(width: number, height: number): Side[] {
  const atX = (x: number) => (a: Spot, b: Spot): Spot => [x, a[1] + ((b[1] - a[1]) * (x - a[0])) / (b[0] - a[0])];
  const atY = (y: number) => (a: Spot, b: Spot): Spot => [a[0] + ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]), y];
  return [
    { inside: (spot) => spot[0] >= 0, cross: atX(0) },
    { inside: (spot) => spot[0] <= width, cross: atX(width) },
    { inside: (spot) => spot[1] >= 0, cross: atY(0) },
    { inside: (spot) => spot[1] <= height, cross: atY(height) },
  ];
}

/** The part of an area that lies within 0, 0 and a size (Sutherland and Hodgman); empty if none does. */
export function ringWithin(ring: readonly Spot[], width: number, height: number): Spot[] {
  let kept = [...ring];
  for (const { inside, cross } of sides(width, height)) {
    const next: Spot[] = [];
    for (const [at, spot] of kept.entries()) {
      const before = kept.at(at - 1) ?? spot;
      if (inside(spot) !== inside(before)) next.push(cross(before, spot));
      if (inside(spot)) next.push(spot);
    }
    kept = next;
  }
  return kept;
}

/** The parts of a line that lie within 0, 0 and a size. */
export function runsWithin(line: readonly Spot[], width: number, height: number): Spot[][] {
  const runs: Spot[][] = [];
  for (const [at, end] of line.entries()) {
    const start = line[at - 1];
    if (start === undefined) continue;
    let [a, b]: [Spot, Spot] = [start, end];
    let seen = true;
    for (const { inside, cross } of sides(width, height)) {
      if (!inside(a) && !inside(b)) seen = false;
      if (!seen) break;
      if (!inside(a)) a = cross(a, b);
      else if (!inside(b)) b = cross(a, b);
    }
    if (!seen) continue;
    const last = runs.at(-1);
    const tip = last?.at(-1);
    if (last !== undefined && tip !== undefined && tip[0] === a[0] && tip[1] === a[1]) last.push(b);
    else runs.push([a, b]);
  }
  return runs;
}
