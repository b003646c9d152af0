// Every screen of the interface, and how to get to it.

/** @typedef {{ space: string, open: string, closed: string, draft: string, document: string }} Ids */

const opened = (selector) => async (page) => {
  for (const one of await page.locator(selector).all()) await one.evaluate((node) => (node.open = true));
};

const press = (name) => async (page) => page.locator(name).first().click();

/** Named screens: `at` is the address, `steps` what is done there before the picture. */
export const screens = [
  { name: 'start', at: () => '#/now', first: true },
  { name: 'begin', at: () => '#/begin' },
  { name: 'now', at: () => '#/now' },
  { name: 'spaces', at: () => '#/spaces' },
  { name: 'found', at: () => '#/found' },
  { name: 'join', at: () => '#/join' },
  {
    name: 'join-card',
    at: () => '#/join',
    steps: async (page, ids) => {
      await page.locator('textarea').fill(ids.ticket);
      await page.locator('form button[type=submit]').click();
      await page.locator('.name').waitFor();
    },
  },
  { name: 'space', at: (i) => `#/space/${i.space}` },
  { name: 'leave', at: (i) => `#/space/${i.space}`, steps: press('button.danger') },
  { name: 'add', at: (i) => `#/space/${i.space}`, steps: async (page) => {
    await page.evaluate(() => (window.location.hash = '#/add'));
    await page.locator('section h2').nth(1).waitFor();
  } },
  { name: 'ask', at: (i) => `#/space/${i.space}/ask` },
  { name: 'consultation-draft', at: (i) => `#/space/${i.space}/consultation/${i.draft}` },
  { name: 'edit', at: (i) => `#/space/${i.space}/consultation/${i.draft}/edit` },
  { name: 'open-confirm', at: (i) => `#/space/${i.space}/consultation/${i.draft}`, steps: press('footer button.primary') },
  { name: 'consultation-open', at: (i) => `#/space/${i.space}/consultation/${i.open}` },
  { name: 'answer', at: (i) => `#/space/${i.space}/consultation/${i.open}/answer` },
  { name: 'day', at: (i) => `#/space/${i.space}/consultation/${i.open}/day` },
  { name: 'assist', at: (i) => `#/space/${i.space}/consultation/${i.open}/assist` },
  { name: 'results', at: (i) => `#/space/${i.space}/consultation/${i.closed}/results` },
  { name: 'results-split', at: (i) => `#/space/${i.space}/consultation/${i.closed}/results`, steps: async (page) => page.locator('input[type=checkbox]').check() },
  { name: 'results-cross', at: (i) => `#/space/${i.space}/consultation/${i.closed}/results`, steps: async (page) => {
    await page.locator('details').first().click();
    await page.locator('table').waitFor();
    await page.locator('table').scrollIntoViewIfNeeded();
  } },
  { name: 'responses', at: (i) => `#/space/${i.space}/consultation/${i.closed}/responses` },
  { name: 'write', at: (i) => `#/space/${i.space}/write` },
  { name: 'document', at: (i) => `#/space/${i.space}/document/${i.document}`, steps: async (page) => page.locator('.ProseMirror').waitFor() },
  { name: 'history', at: (i) => `#/space/${i.space}/document/${i.document}/history`, steps: async (page) => {
    await page.locator('ol button').first().click();
    await page.locator('.text').waitFor();
  } },
  { name: 'requests', at: (i) => `#/space/${i.space}/requests` },
  { name: 'members', at: (i) => `#/space/${i.space}/members`, steps: opened('li:first-child > details') },
  { name: 'invite', at: (i) => `#/space/${i.space}/invite` },
  { name: 'ticket', at: (i) => `#/space/${i.space}/invite`, steps: async (page) => {
    await page.locator('li button').first().click();
    await page.locator('img').waitFor();
  } },
  { name: 'aside', at: (i) => `#/space/${i.space}/aside` },
  { name: 'recover', at: (i) => `#/space/${i.space}/recover` },
  { name: 'sync', at: (i) => `#/space/${i.space}/sync` },
  { name: 'sync-address', at: (i) => `#/space/${i.space}/sync`, steps: async (page) => {
    await page.locator('summary').first().click();
    await page.locator('img').waitFor();
  } },
  { name: 'carry', at: () => '#/carry' },
  { name: 'claim', at: () => '#/claim' },
  { name: 'search', at: () => '#/search', steps: async (page, ids) => {
    await page.locator('input').fill(ids.word);
    await page.locator('mark').first().waitFor();
  } },
  { name: 'me', at: () => '#/me' },
  { name: 'lost', at: () => '#/nowhere/at/all' },
];
