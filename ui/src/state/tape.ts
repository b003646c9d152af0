// Recording what is spoken, as plain samples: every platform gives these, and the node makes them small in one way.
// What a platform's own recorder makes differs, and some make nothing.

import worklet from './tape.worklet?worker&url';

/** All that speech needs. */
const RATE = 16_000;

/** Whether this platform lets a page hear the microphone. */
export function canRecord(): boolean {
  return 'mediaDevices' in navigator && typeof AudioWorkletNode !== 'undefined';
}

/** Something that is being recorded. */
export class Tape {
  /** Called when the microphone goes away by itself. */
  onend: () => void = () => undefined;
  readonly #stream: MediaStream;
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #parts: Int16Array[] = [];
  readonly #whole: Promise<void>;

  /** Starts; fails where the person or the platform does not allow it. */
  static async start(): Promise<Tape> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
    let context: AudioContext | undefined;
    try {
      const [opened, source] = connect(stream);
      context = opened;
      await context.audioWorklet.addModule(worklet);
      const node = new AudioWorkletNode(context, 'tape', { channelCount: 1, channelCountMode: 'explicit' });
      source.connect(node);
      // It plays silence; what plays nowhere is not run everywhere.
      node.connect(context.destination);
      await context.resume();
      return new Tape(stream, context, node);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      await context?.close();
      throw error;
    }
  }

  private constructor(stream: MediaStream, context: AudioContext, node: AudioWorkletNode) {
    this.#stream = stream;
    this.#context = context;
    this.#node = node;
    this.#whole = new Promise((done) => {
      node.port.onmessage = ({ data }: MessageEvent<Int16Array | null>) => {
        if (data === null) done();
        else this.#parts.push(data);
      };
    });
    for (const track of stream.getTracks()) track.addEventListener('ended', () => this.onend());
  }

  /** Stops, and gives what was said as a file. */
  async stop(): Promise<Blob> {
    this.#node.port.postMessage('stop');
    await this.#whole;
    for (const track of this.#stream.getTracks()) track.stop();
    await this.#context.close();
    return wav(this.#parts, this.#context.sampleRate);
  }
}

/** Some platforms cannot hear a microphone at another rate than its own; the node changes it then. */
function connect(stream: MediaStream): [AudioContext, AudioNode] {
  for (const options of [{ sampleRate: RATE }, {}]) {
    let context: AudioContext | undefined;
    try {
      context = new AudioContext(options);
      return [context, context.createMediaStreamSource(stream)];
    } catch {
      void context?.close();
    }
  }
  throw new Error('hearing the microphone');
}

/** Samples of one channel as a WAV file. */
export function wav(parts: readonly Int16Array[], rate: number): Blob {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const head = new DataView(new ArrayBuffer(44));
  const word = (at: number, text: string): void => [...text].forEach((letter, place) => head.setUint8(at + place, letter.charCodeAt(0)));
  word(0, 'RIFF');
  head.setUint32(4, 36 + size, true);
  word(8, 'WAVEfmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, 2 * rate, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  word(36, 'data');
  head.setUint32(40, size, true);
  return new Blob([head, ...parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice())], { type: 'audio/wav' });
}
