// The officer's morning in the real window, with power lost in the middle of an interview, and a receipt's holder in a
// browser.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Holder } from '../browser/field.mjs';
import { launch } from '../browser/page.mjs';
import { morning } from '../scenes/field.mjs';
import { form } from '../scenes/form.mjs';
import { Driver } from './driver.mjs';
import { cutPower } from './process.mjs';

const PAGES = fileURLToPath(new URL('../../ui/dist', import.meta.url));

/** Plays it; `line` is the command line, for the node of the holder. `kept` is given the window that is open. */
export async function field(program, line, kept) {
  const data = mkdtempSync(join(tmpdir(), 'majlis-window-field-'));
  const ends = [() => rmSync(data, { recursive: true, force: true })];
  const complaints = [];
  let driver = await Driver.start({ MAJLIS_DATA: data });
  ends.push(() => driver.stop());
  try {
    const browser = await launch();
    ends.push(() => browser.close());
    const holder = await Holder.start(browser, line, PAGES, ends);
    const opened = async () => kept(await driver.open(program));
    await morning(await opened(), {
      form: await form(holder.replica, ends),
      powerFails: async () => {
        await cutPower(program, data);
        await driver.stop();
        driver = await Driver.start({ MAJLIS_DATA: data });
        return opened();
      },
      another: (ticket) => holder.join(ticket, complaints),
    });
    if (complaints.length > 0) throw new Error(`the pages complained: ${complaints.join('; ')}`);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
