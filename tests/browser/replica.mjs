// A real node of a test's own, served on this machine's loopback address.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 30_000;
/** Where this machine remembers what was signed on it: for the tests, and not for who runs them. */
export const machine = mkdtempSync(join(tmpdir(), 'majlis-machine-'));
process.once('exit', () => rmSync(machine, { recursive: true, force: true }));

export class Replica {
  #process;
  #folder;
  #how;
  /** Where its interface is, with the token. */
  url;

  /** One that somebody of that name has set up, or, without a name, a new one. */
  static async start(program, pages, name, host = undefined) {
    const replica = new Replica();
    replica.#folder = mkdtempSync(join(tmpdir(), `majlis-${name ?? 'new'}-`));
    // On a host of its own it finds others by itself; all others of a test share this machine, and are told.
    const alone = host === undefined ? ['--no-discovery'] : [];
    replica.#how = [...(host?.inside ?? []), program, ...alone, '--data', replica.#folder, 'serve', '--ui', pages];
    await replica.#serve();
    await host?.reach(Number(new URL(replica.url).port));
    if (name !== null) await replica.call('set_profile', { name, language: 'en', settings: null });
    return replica;
  }

  async #serve() {
    const [program, ...args] = this.#how;
    const env = { ...process.env, XDG_STATE_HOME: machine };
    this.#process = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`the node in ${this.#folder} ended with ${code} before it served`);
    });
    const printed = once(createInterface({ input: this.#process.stdout }), 'line');
    [this.url] = await Promise.race([printed, ended]);
    ended.catch(() => undefined);
  }

  /** Ends as by a power cut, and starts again on the same folder. */
  async losePower() {
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
    await this.#serve();
  }

  /** Goes away, with all it has: nobody reaches it until it is back. */
  async leave() {
    this.#process.kill('SIGTERM');
    await once(this.#process, 'exit');
  }

  /** Is back on the same folder, and finds the others by their addresses. */
  async comeBack(others = []) {
    await this.#serve();
    for (const other of others) {
      const { address } = await other.call('my_address');
      await this.call('add_peer', { address });
    }
  }

  /** Makes a call as a program would. */
  async call(call, args = {}) {
    const { origin, hash } = new URL(this.url);
    const answer = await fetch(`${origin}/api`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${hash.slice('#token='.length)}` },
      body: JSON.stringify({ call, args }),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Error(`${call}: ${JSON.stringify(value)}`);
    return value;
  }

  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until `check` gives something true, and gives it. */
export async function until(what, check, pause = 100) {
  const end = Date.now() + PATIENCE;
  let last;
  for (;;) {
    try {
      const found = await check();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`, { cause: last });
    await sleep(pause);
  }
}
