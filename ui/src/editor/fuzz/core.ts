// The real core behind a pipe: `crates/majlis-core/examples/editor_core.rs`, a JSON object a line.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { CallFailed } from '../../backend/types';
import type { ApiError } from '../../bindings/ApiError';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** The program, where the checks built it with everything else. */
const BUILT = process.env['MAJLIS_EDITOR_CORE'];
/** Otherwise, without naming the package: with the features that most builds of the workspace have. */
const BUILD = ['cargo', 'run', '-q', '--example', 'editor_core'] as const;

/** Why the core cannot be had here; nothing when it can. */
export function whyNoCore(): string | undefined {
  if (BUILT !== undefined) return undefined;
  const found = spawnSync('cargo', ['--version'], { cwd: ROOT });
  return found.status === 0 ? undefined : 'cargo is not here, so the real core cannot be asked';
}

export class Core {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];
  #said = '';

  constructor() {
    const [program, ...args] = BUILT === undefined ? BUILD : [BUILT];
    this.#child = spawn(program, args, { cwd: ROOT });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#child.stderr.on('data', (data) => (this.#said += String(data)));
    this.#child.on('exit', (code) => {
      for (const waiting of this.#waiting.splice(0)) {
        waiting(JSON.stringify({ error: { code: 'internal', message: `the core ended (${code}): ${this.#said}`, detail: null } }));
      }
    });
  }

  /** Asks; rejects with the core's error. */
  async ask<T>(request: object): Promise<T> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    const answer = JSON.parse(line) as T & { error?: ApiError };
    if (answer !== null && typeof answer === 'object' && answer.error !== undefined) throw new CallFailed(answer.error);
    return answer;
  }

  end(): void {
    this.#child.stdin.end();
  }
}
