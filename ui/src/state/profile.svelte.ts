// This device's person: name, language, and how things look.

import { errorOf } from '../backend';
import type { ApiError } from '../bindings/ApiError';
import type { Language } from '../bindings/Language';
import type { Me } from '../bindings/Me';
import type { MediaPolicyName } from '../bindings/MediaPolicyName';
import type { SetProfile } from '../bindings/SetProfile';
import { ask, backend } from './node';
import type { Digits } from './words.svelte';
import { words } from './words.svelte';

export type Theme = 'auto' | 'light' | 'dark' | 'contrast';
export type Size = 'small' | 'medium' | 'large' | 'huge';

export interface Look {
  theme: Theme;
  size: Size;
  digits: Digits;
}

const PLAIN: Look = { theme: 'auto', size: 'small', digits: 'auto' };
const THEMES: readonly Theme[] = ['auto', 'light', 'dark', 'contrast'];
const SIZES: readonly Size[] = ['small', 'medium', 'large', 'huge'];
const DIGITS: readonly Digits[] = ['auto', 'latn', 'arab'];

/** Reads the settings kept by the node; anything unknown falls back. */
export function readLook(settings: string): Look {
  let read: Partial<Record<keyof Look, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(settings);
    if (typeof parsed === 'object' && parsed !== null) read = parsed;
  } catch {
    // Empty on the first start.
  }
  return {
    theme: THEMES.find((theme) => theme === read.theme) ?? PLAIN.theme,
    size: SIZES.find((size) => size === read.size) ?? PLAIN.size,
    digits: DIGITS.find((digits) => digits === read.digits) ?? PLAIN.digits,
  };
}

class Profile {
  me = $state.raw<Me>();
  error = $state.raw<ApiError>();
  look = $state.raw<Look>(PLAIN);

  follow(): () => void {
    const stops = [
      backend().events((event) => {
        if (event.event === 'me') void this.read();
      }),
      backend().reach((up) => {
        if (up) void this.read();
      }),
    ];
    void this.read();
    return () => {
      for (const stop of stops) stop();
    };
  }

  async read(): Promise<void> {
    try {
      this.#take(await ask('me', {}));
      this.error = undefined;
    } catch (thrown) {
      this.error = errorOf(thrown);
    }
  }

  async rename(name: string): Promise<void> {
    await this.#set({ name });
  }

  async speak(language: Language): Promise<void> {
    words.language = language;
    await this.#set({ language });
  }

  async begin(name: string, language: Language): Promise<void> {
    await this.#set({ name, language });
  }

  async dress(change: Partial<Look>): Promise<void> {
    this.#wear({ ...this.look, ...change });
    await this.#set({ settings: JSON.stringify(this.look) });
  }

  async fetchMedia(media: MediaPolicyName): Promise<void> {
    await this.#set({ media });
  }

  /** How many bytes photos and recordings of others may take up; 0 for no limit. */
  async giveRoom(bytes: number): Promise<void> {
    await this.#set({ media_room: bytes });
  }

  async showPresence(presence: boolean): Promise<void> {
    await this.#set({ presence });
  }

  async #set(change: Partial<SetProfile>): Promise<void> {
    const none: SetProfile = { name: null, language: null, settings: null, media: null, media_room: null, presence: null };
    this.#take(await ask('set_profile', { ...none, ...change }));
  }

  #take(me: Me): void {
    this.me = me;
    if (me.language !== null) words.language = me.language;
    this.#wear(readLook(me.settings));
  }

  #wear(look: Look): void {
    this.look = look;
    words.digits = look.digits;
  }
}

export const profile = new Profile();
