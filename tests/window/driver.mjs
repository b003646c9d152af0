// A WebDriver client of the few verbs that a test of the window needs. WebKit's own driver starts
// the program and speaks to the web view in it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { machine } from '../browser/replica.mjs';
import { findVisible } from '../scenes/visible.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const PATIENCE = 30_000;

/** WebKit's driver as a process of its own. */
export class Driver {
  #process;
  #base;

  /** On this machine, or on a host of the test's own. */
  static async start(env, host = undefined) {
    const driver = new Driver();
    const port = await freePort();
    driver.#base = `http://127.0.0.1:${port}`;
    // The variable is how a Tauri program learns that it may be driven.
    // A bus of its own there: by its bus a window knows another of the same person.
    const inside = host === undefined ? [] : [...host.inside, 'dbus-run-session', '--'];
    const [program, ...args] = [...inside, 'WebKitWebDriver', `--port=${port}`];
    driver.#process = spawn(program, args, {
      env: { ...process.env, XDG_STATE_HOME: machine, ...env, TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await host?.reach(port);
    await until('the driver answers', async () => {
      const answer = await fetch(`${driver.#base}/status`).catch(() => undefined);
      return answer?.ok;
    });
    return driver;
  }

  /** Opens the program and gives its window. */
  async open(program) {
    const answer = await this.request('POST', '/session', {
      capabilities: {
        alwaysMatch: { 'webkitgtk:browserOptions': { binary: program, args: [] } },
      },
    });
    return new Window(this, answer.sessionId);
  }

  async request(method, path, body) {
    const answer = await fetch(this.#base + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** Ends the driver at once; it lets go of whatever it drove. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}

/** An open window. */
export class Window {
  #driver;
  #path;

  constructor(driver, session) {
    this.#driver = driver;
    this.#path = `/session/${session}`;
  }

  post(path, body) {
    return this.#driver.request('POST', this.#path + path, body);
  }

  /** Runs a function in the page. */
  run(script, ...args) {
    return this.post('/execute/sync', { script: `return (${script}).apply(null, arguments)`, args });
  }

  /** Waits for an element that can be seen, by CSS selector and, when given, by its text or name. */
  async find(selector, text) {
    let found;
    await until(`${selector}${text === undefined ? '' : ` “${text}”`} is there`, async () => {
      found = await this.run(findVisible, selector, text ?? null);
      return found !== null;
    }, () => this.describe());
    return found;
  }

  async click(selector, text) {
    await this.#tap(await this.find(selector, text));
  }

  async #tap(element) {
    // The driver's own scrolling gives up on pages that scroll softly.
    await this.run((place) => place.scrollIntoView({ block: 'center', behavior: 'instant' }), element);
    await this.post(`/element/${element[ELEMENT]}/click`);
  }

  /** Types into a field, after what is in it. */
  async type(selector, words, text) {
    const element = await this.find(selector, text);
    await this.#tap(element);
    await this.post(`/element/${element[ELEMENT]}/value`, { text: words });
  }

  /** Empties a field. */
  async clear(selector) {
    const element = await this.find(selector);
    await this.post(`/element/${element[ELEMENT]}/clear`);
  }

  /** Chooses a file where one can be chosen; the field for it may be hidden behind a button. */
  async give(selector, path) {
    const bytes = readFileSync(path).toString('base64');
    await this.run(
      (field, name, base64) => {
        const input = document.querySelector(field);
        const chosen = new DataTransfer();
        chosen.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
        input.files = chosen.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      },
      selector,
      basename(path),
      bytes,
    );
  }

  /** Waits until the page shows the words. */
  async shows(words) {
    await until(`the page shows “${words}”`, async () => {
      const all = await this.run(() => document.body.innerText + [...document.querySelectorAll('input,textarea')].map((field) => `\n${field.value}`).join(''));
      return all.includes(words);
    }, () => this.describe());
  }

  describe() {
    return this.run(() => `${location.href}\n${document.body.innerText}`);
  }

  async picture() {
    return Buffer.from(await this.#driver.request('GET', `${this.#path}/screenshot`), 'base64');
  }
}

/** Waits until `check` gives something true. */
export async function until(what, check, describe) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) {
      const now = describe === undefined ? '' : `\n--- instead:\n${await describe().catch(String)}`;
      throw new Error(`waited in vain until ${what}${now}`);
    }
    await sleep(100);
  }
}

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
