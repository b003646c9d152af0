// Codes before the camera. Bars are read where the platform reads them; squares everywhere, by the node.

import { errorOf } from '../backend';
import { readCode } from './members.svelte';

/** Frames a second are few: each is read on this device. */
const BETWEEN = 400;
const WIDEST = 900;

interface Detector {
  detect: (image: HTMLCanvasElement) => Promise<{ rawValue: string }[]>;
}

function detector(): (new () => Detector) | undefined {
  const found: unknown = Reflect.get(globalThis, 'BarcodeDetector');
  return typeof found === 'function' ? (found as new () => Detector) : undefined;
}

/** Whether this platform reads bars, not only squares. */
export function readsBars(): boolean {
  return detector() !== undefined;
}

/** Looks at a camera's picture until a code is in it, or it is stopped by what it returns. */
export function watchCodes(video: HTMLVideoElement, found: (text: string) => void): () => void {
  const Own = detector();
  let own: Detector | undefined = Own === undefined ? undefined : new Own();
  const canvas = document.createElement('canvas');
  let over = false;

  async function read(): Promise<string | undefined> {
    if (own !== undefined) {
      try {
        return (await own.detect(canvas))[0]?.rawValue;
      } catch {
        // It is named here and not served; the node reads squares.
        own = undefined;
      }
    }
    try {
      return await readCode(canvas.toDataURL('image/jpeg', 0.85).split(',')[1] ?? '');
    } catch (thrown) {
      if (errorOf(thrown).code !== 'no_code') over = true;
      return undefined;
    }
  }

  async function frame(): Promise<void> {
    if (over) return;
    if (video.videoWidth > 0) {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      const text = await read();
      if (text !== undefined && text !== '' && !over) {
        over = true;
        found(text);
        return;
      }
    }
    setTimeout(() => void frame(), BETWEEN);
  }
  void frame();
  return () => (over = true);
}
