// Where this device is, as its platform says. Nothing is asked of a network of ours.

import type { PlaceView } from '../bindings/PlaceView';

/** So sure, in metres, that nobody needs to wait for better. */
export const GOOD_ENOUGH = 10;
/** The longest that is waited for better, in milliseconds. */
const LONGEST = 60_000;

/** Why there is no place. */
export type Unfound = 'none' | 'refused' | 'nowhere';

interface Looking {
  /** Each one surer than the one before. */
  found: (place: PlaceView) => void;
  /** Nothing more comes; why, where nothing came at all. */
  ended: (why: Unfound | undefined) => void;
}

/** What a platform knows as the API wants it. */
export function placeOf({ latitude, longitude, altitude, accuracy }: Pick<GeolocationCoordinates, 'latitude' | 'longitude' | 'altitude' | 'accuracy'>): PlaceView {
  return {
    latitude: latitude.toFixed(7),
    longitude: longitude.toFixed(7),
    altitude: altitude === null ? '' : altitude.toFixed(2),
    accuracy: accuracy.toFixed(2),
  };
}

/** Looks for where this device is until that is sure enough, or it is stopped by what it returns. */
export function findPlace({ found, ended }: Looking): () => void {
  if (!('geolocation' in navigator)) {
    ended('none');
    return () => undefined;
  }
  let best = Infinity;
  let over = false;
  const stop = (): void => {
    over = true;
    clearTimeout(longest);
    navigator.geolocation.clearWatch(watch);
  };
  const end = (why: Unfound): void => {
    if (over) return;
    stop();
    ended(best === Infinity ? why : undefined);
  };
  const longest = setTimeout(() => end('nowhere'), LONGEST);
  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      if (over || coords.accuracy >= best) return;
      best = coords.accuracy;
      found(placeOf(coords));
      if (best <= GOOD_ENOUGH) end('nowhere');
    },
    (error) => end(error.code === error.PERMISSION_DENIED ? 'refused' : 'nowhere'),
    { enableHighAccuracy: true, maximumAge: 0 },
  );
  return stop;
}
