// Where the browser hands over samples: they become whole numbers and go to the page half a second at a time.
// Runs apart from the page, where only what is named here exists.

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, kind: new () => AudioWorkletProcessor): void;

/** Samples that go over at once. */
const TOGETHER = 8_192;

class Tape extends AudioWorkletProcessor {
  #samples = new Int16Array(TOGETHER);
  #count = 0;
  #ended = false;

  constructor() {
    super();
    // Whatever is said ends it: what was not sent yet goes over, then nothing as the end.
    this.port.onmessage = () => {
      this.#send();
      this.#ended = true;
      this.port.postMessage(null);
    };
  }

  process([input]: Float32Array[][]): boolean {
    const [channel] = input ?? [];
    for (const sample of channel ?? []) {
      this.#samples[this.#count] = Math.max(-1, Math.min(1, sample)) * 0x7fff;
      this.#count += 1;
      if (this.#count === TOGETHER) this.#send();
    }
    return !this.#ended;
  }

  #send(): void {
    const part = this.#samples.slice(0, this.#count);
    this.#count = 0;
    this.port.postMessage(part, [part.buffer]);
  }
}

registerProcessor('tape', Tape);
