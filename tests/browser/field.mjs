// The officer's morning in a browser on a phone, and its holder of a receipt in another.

import { morning } from '../scenes/field.mjs';
import { form } from '../scenes/form.mjs';
import { Hands } from '../scenes/hands.mjs';
import { launch, open } from './page.mjs';
import { Replica } from './replica.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };

/** Plays it. */
export async function field(program, pages, complaints, ends) {
  const browser = await launch();
  ends.push(() => browser.close());
  const holder = await Holder.start(browser, program, pages, ends);
  const officer = await Replica.start(program, pages, null);
  ends.push(() => officer.stop());
  const page = await (await browser.newContext(PHONE)).newPage();
  await page.goto(officer.url);
  await morning(new Hands(page), {
    form: await form(holder.replica, ends),
    powerFails: async () => {
      await page.context().close();
      await officer.losePower();
      return new Hands(await open(browser, officer.url, complaints, PHONE));
    },
    another: (ticket) => holder.join(ticket, complaints),
  });
}

/** Somebody else, with a node and a browser of their own. */
export class Holder {
  replica;
  #browser;

  static async start(browser, program, pages, ends) {
    const holder = new Holder();
    holder.#browser = browser;
    holder.replica = await Replica.start(program, pages, 'هدى');
    ends.push(() => holder.replica.stop());
    await holder.replica.call('set_profile', { name: null, language: 'ar', settings: null });
    return holder;
  }

  /** Takes part, and opens the pages. */
  async join(ticket, complaints) {
    await this.replica.call('join', { ticket });
    return new Hands(await open(this.#browser, this.replica.url, complaints, PHONE));
  }
}
