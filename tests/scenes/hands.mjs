// A browser in the hands of a person: the verbs that the driver of the window has too, so that a scene
// is played in both.

import { until } from '../browser/replica.mjs';
import { findVisible } from './visible.mjs';

/** How long something may move before it is touched. */
const TOUCH = 3_000;

export class Hands {
  #page;

  constructor(page) {
    this.#page = page;
  }

  /** Runs a function in the page. */
  run(script, ...args) {
    return this.#page.evaluate(([source, values]) => new Function(`return (${source}).apply(null, arguments)`)(...values), [String(script), args]);
  }

  /** Waits for an element that can be seen, by CSS selector and, when given, by its text or name. */
  async find(selector, text) {
    const found = async () => {
      const handle = await this.#page.evaluateHandle(
        ([source, wanted, name]) => new Function(`return (${source}).apply(null, arguments)`)(wanted, name),
        [String(findVisible), selector, text ?? null],
      );
      return handle.asElement();
    };
    const what = `${selector}${text === undefined ? '' : ` “${text}”`} is there`;
    return until(what, found).catch(async (error) => {
      throw new Error(`${error.message}\n--- instead:\n${await this.describe()}`);
    });
  }

  async click(selector, text) {
    // What was found may be drawn anew before it is touched; whoever looks again finds it.
    for (let tries = 0; ; tries += 1) {
      try {
        return await (await this.find(selector, text)).click({ timeout: TOUCH });
      } catch (error) {
        if (tries === 3) throw error;
      }
    }
  }

  /** Types into a field, after what is in it. */
  async type(selector, words, text) {
    const element = await this.find(selector, text);
    await element.click();
    await this.#page.keyboard.press('End');
    await element.type(words);
  }

  /** Empties a field. */
  async clear(selector) {
    await (await this.find(selector)).fill('');
  }

  /** Chooses a file where one can be chosen. */
  async give(selector, path) {
    await this.#page.locator(selector).setInputFiles(path);
  }

  /** Waits until the page shows the words. */
  async shows(words) {
    await until(`the page shows “${words}”`, async () => (await this.text()).includes(words)).catch(async (error) => {
      throw new Error(`${error.message}\n--- instead:\n${await this.describe()}`);
    });
  }

  text() {
    return this.run(() => document.body.innerText + [...document.querySelectorAll('input,textarea')].map((field) => `\n${field.value}`).join(''));
  }

  describe() {
    return this.run(() => `${location.href}\n${document.body.innerText}`);
  }
}
