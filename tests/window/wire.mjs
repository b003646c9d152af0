// Hosts of a test's own on one wire: network namespaces on a bridge that leads nowhere else. A host can be cut off and
// joined again. Processes in a host are driven from outside through sockets that are files, which no network can reach.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

export class Wire {
  #name = `maj${process.pid % 100_000}`;
  #folder = mkdtempSync(join(tmpdir(), 'majlis-wire-'));
  #ends = [];
  #hosts = 0;

  /** A wire, or why there is none here. */
  static lay() {
    const wire = new Wire();
    try {
      ip('link', 'add', wire.#name, 'type', 'bridge');
      wire.#ends.push(() => ip('link', 'del', wire.#name));
      ip('link', 'set', wire.#name, 'up');
      return { wire };
    } catch (error) {
      wire.end();
      return { why: String(error.stderr ?? error.message).trim() };
    }
  }

  /** A host on the wire. */
  host() {
    this.#hosts += 1;
    const name = `${this.#name}h${this.#hosts}`;
    ip('netns', 'add', name);
    this.#ends.push(() => ip('netns', 'del', name));
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', name, 'master', this.#name, 'up');
    ip('-n', name, 'addr', 'add', `10.77.0.${this.#hosts}/24`, 'dev', 'eth0');
    for (const each of ['lo', 'eth0']) ip('-n', name, 'link', 'set', each, 'up');
    return {
      /** How a program is started in the host, before its own name. */
      inside: ['ip', 'netns', 'exec', name],
      cutOff: () => ip('link', 'set', name, 'down'),
      joinAgain: () => ip('link', 'set', name, 'up'),
      reach: (port) => this.#reach(name, port),
    };
  }

  /** Lets this machine's own loopback port lead to the one in a host. */
  async #reach(name, port) {
    const path = join(this.#folder, `${name}-${port}`);
    const script = `const net = require('node:net');
      net.createServer((from) => { const to = net.connect(${port}, '127.0.0.1'); for (const [a, b] of [[from, to], [to, from]]) { a.pipe(b); a.on('error', () => b.destroy()); } })
        .listen(${JSON.stringify(path)}, () => console.log('ready'));`;
    const inside = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ends.push(() => inside.kill('SIGKILL'));
    await once(createInterface({ input: inside.stdout }), 'line');
    const outside = createServer((from) => {
      const to = connect(path);
      for (const [one, other] of [[from, to], [to, from]]) {
        one.pipe(other);
        one.on('error', () => other.destroy());
      }
    });
    outside.listen(port, '127.0.0.1');
    await once(outside, 'listening');
    this.#ends.push(() => outside.close());
  }

  /** Takes all of it away. */
  end() {
    for (const end of this.#ends.reverse()) {
      try {
        end();
      } catch {
        // It is gone already.
      }
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
