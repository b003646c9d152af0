// Outlines under maps: a file that an officer chose. It stays on this device, and nobody else is told of it.

import { ask } from './node';

/** What this device keeps as a draft is no longer than this. */
const MOST_KEPT = 900_000;
/** A longer file is no outline of a district. */
const MOST_READ = 20_000_000;

const KINDS = ['FeatureCollection', 'Feature', 'GeometryCollection', 'Polygon', 'MultiPolygon', 'LineString', 'MultiLineString'];

/** What became of a file. */
export type Taken = 'kept' | 'shown' | 'large' | 'wrong';

/** GeoJSON out of a text; nothing when it is none. */
export function geojsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    return KINDS.some((kind) => kind === type) ? value : undefined;
  } catch {
    return undefined;
  }
}

export class Outline {
  value = $state.raw<unknown>();
  readonly #key: string;

  constructor(space: string) {
    this.#key = `outline/${space}`;
  }

  /** What was chosen on this device before. */
  async read(): Promise<void> {
    const kept = await ask('draft', { key: this.#key });
    if (kept !== null) this.value = geojsonOf(kept.value);
  }

  /** Takes a file; whether it is kept for the next time too. */
  async take(file: Blob): Promise<Taken> {
    if (file.size > MOST_READ) return 'large';
    const text = await file.text();
    const value = geojsonOf(text);
    if (value === undefined) return 'wrong';
    this.value = value;
    // Without blanks it is often a third.
    const short = JSON.stringify(value);
    if (new Blob([short]).size > MOST_KEPT) return 'shown';
    await ask('put_draft', { key: this.#key, value: short, saved: 0 });
    return 'kept';
  }

  async drop(): Promise<void> {
    this.value = undefined;
    await ask('drop_draft', { key: this.#key });
  }
}
