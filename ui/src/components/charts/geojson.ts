// Outlines of areas out of GeoJSON. It comes from files of others: what does not fit is left out, and
// there is a limit to it.

/** Whether it is a place on Earth. */
export function onEarth(lon: unknown, lat: unknown): boolean {
  return typeof lon === 'number' && typeof lat === 'number' && Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
}

/** A line of places; closed where it goes around an area. */
export interface Outline {
  readonly closed: boolean;
  readonly line: readonly (readonly [number, number])[];
}

/** So many corners of outlines are drawn at most; the rest is left out. */
export const MOST_CORNERS = 20_000;
const DEEPEST = 8;

/** The outlines in GeoJSON (RFC 7946). What is no outline, or not on Earth, is left out. */
export function outlinesOf(geojson: unknown): Outline[] {
  const found: Outline[] = [];
  let corners = 0;
  const take = (line: unknown, closed: boolean): void => {
    if (!Array.isArray(line)) return;
    const kept: [number, number][] = [];
    for (const point of line as unknown[]) {
      if (corners >= MOST_CORNERS) break;
      if (!Array.isArray(point)) continue;
      const [lon, lat] = point as unknown[];
      if (!onEarth(lon, lat)) continue;
      kept.push([lon as number, lat as number]);
      corners += 1;
    }
    if (kept.length > 1) found.push({ closed, line: kept });
  };
  const each = (list: unknown, deed: (one: unknown) => void): void => {
    if (!Array.isArray(list)) return;
    for (const one of list as unknown[]) {
      if (corners >= MOST_CORNERS) return;
      deed(one);
    }
  };
  const read = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return;
    const { type, features, geometry, geometries, coordinates } = value as Record<string, unknown>;
    if (type === 'FeatureCollection') each(features, (one) => read(one, depth + 1));
    else if (type === 'Feature') read(geometry, depth + 1);
    else if (type === 'GeometryCollection') each(geometries, (one) => read(one, depth + 1));
    else if (type === 'LineString') take(coordinates, false);
    else if (type === 'MultiLineString') each(coordinates, (line) => take(line, false));
    else if (type === 'Polygon') each(coordinates, (ring) => take(ring, true));
    else if (type === 'MultiPolygon') each(coordinates, (polygon) => each(polygon, (ring) => take(ring, true)));
  };
  read(geojson, 0);
  return found;
}
