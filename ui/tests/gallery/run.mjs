// Renders every screen from a running node into one page of pictures, and looks at each for what a
// picture does not show: accessibility, sideways scrolling, targets too small for a thumb.
//
// MAJLIS_URL   the address that `majlis serve` printed; up to three, for Arabic, French, English
// GALLERY_OUT  the folder for the page (../out/gallery)
// GALLERY_ONLY screens to render, by name, separated by commas; likewise GALLERY_LANGUAGES,
//              GALLERY_SIZES (phone, tablet, desktop) and GALLERY_THEMES (light, dark)
// GALLERY_LOOK the look to wear, as the interface stores it: {"theme":"contrast","size":"huge","digits":"arab"}
// CHROMIUM     the browser (/usr/bin/chromium)

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { screens } from './screens.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.env.GALLERY_OUT ?? path.join(here, '../../../out/gallery'));
const urls = (process.env.MAJLIS_URL ?? '').split(/\s+/u).filter(Boolean);
const pick = (name, all) => (process.env[name] ?? '').split(',').filter(Boolean).flatMap((one) => all.filter((other) => other === one));
const chosen = (name, all) => (process.env[name] === undefined ? all : pick(name, all));

const languages = chosen('GALLERY_LANGUAGES', ['ar', 'fr', 'en']);
const themes = chosen('GALLERY_THEMES', ['light', 'dark']);
const names = chosen('GALLERY_ONLY', screens.map((screen) => screen.name));
const sizes = { phone: [360, 740], tablet: [800, 1280], desktop: [1280, 800] };
const sizeNames = chosen('GALLERY_SIZES', Object.keys(sizes));

if (urls.length === 0) {
  process.stderr.write('MAJLIS_URL must hold the address that `majlis serve` printed\n');
  process.exit(2);
}

/** Asks a node directly. */
async function ask(url, call, args = {}) {
  const { origin, hash } = new URL(url);
  const response = await fetch(`${origin}/api`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${hash.replace('#token=', '')}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ call, args }),
  });
  if (!response.ok) throw new Error(`${call}: ${await response.text()}`);
  return response.json();
}

/** Two stewards, and a third whom one of them proposed. */
async function propose(url, space) {
  if ((await ask(url, 'stewards', { space })).stewards > 1) return;
  const members = await ask(url, 'members', { space });
  for (const { device } of members.filter((one) => one.may_become.includes('steward')).slice(0, 2)) {
    await ask(url, 'change_rank', { space, device, rank: 'steward' });
  }
}

/** The sample's places, and a profile in the language. */
async function prepare(url, language) {
  const me = await ask(url, 'me');
  await ask(url, 'set_profile', { name: me.name ?? { ar: 'سلمى', fr: 'Salma', en: 'Salma' }[language], language, settings: process.env.GALLERY_LOOK ?? null });
  const { space } = await ask(url, 'sample_space');
  const consultations = await ask(url, 'consultations', { space });
  const documents = await ask(url, 'documents', { space });
  const find = (phase) => consultations.find((one) => one.phase === phase)?.consultation;
  const invites = await ask(url, 'invites', { space });
  const ticket =
    invites.find((one) => one.ticket !== null && !one.closed)?.ticket ?? (await ask(url, 'invite', { space, rank: 'member', uses: 20, label: '' })).ticket;
  await propose(url, space);
  const text = documents.find((one) => !one.charter) ?? documents[0];
  return {
    space,
    ticket,
    open: find('open'),
    closed: find('closed'),
    draft: find('draft'),
    document: text.document,
    word: text.title.split(' ').at(-1),
  };
}

/** Longer pages are cut. */
const TALLEST = 2400;

const axe = await readFile(path.join(here, '../../node_modules/axe-core/axe.min.js'), 'utf8');

/** What is wrong with the page as it stands. */
async function inspect(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = [];
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    for (const one of violations) found.push(`${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')}`);
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`scrolls sideways by ${scrollWidth - clientWidth}`);
    const small = [...document.querySelectorAll('button, select, summary, a.button, input:not([type=checkbox], [type=radio], [type=file])')]
      .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 47.5)
      .map((node) => `${node.tagName.toLowerCase()}.${node.className} ${Math.round(node.getBoundingClientRect().height)}`);
    if (small.length > 0) found.push(`smaller than a thumb: ${[...new Set(small)].join(', ')}`);
    return found;
  });
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--force-prefers-reduced-motion', '--font-render-hinting=none'],
});
const pictures = [];
const wrong = new Map();
await mkdir(out, { recursive: true });

for (const [index, language] of ['ar', 'fr', 'en'].entries()) {
  if (!languages.includes(language)) continue;
  const url = urls[index] ?? urls[0];
  const ids = await prepare(url, language);
  for (const size of sizeNames) {
    const [width, height] = sizes[size];
    for (const theme of themes) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', bypassCSP: true });
      const page = await context.newPage();
      page.on('pageerror', (error) => note(`${error}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('status of 4')) note(message.text());
      });
      let now = '';
      const note = (problem) => {
        const at = wrong.get(problem) ?? [];
        wrong.set(problem, [...at, now]);
      };
      for (const screen of screens.filter((one) => names.includes(one.name))) {
        now = `${screen.name} ${language} ${size} ${theme}`;
        const first = screen.first === true;
        if (first) await page.route('**/api', firstStart);
        await page.goto('about:blank');
        await page.goto(url);
        await page.locator('h1').first().waitFor();
        await page.evaluate((hash) => (window.location.hash = hash), screen.at(ids));
        await page.waitForLoadState('networkidle');
        try {
          await screen.steps?.(page, ids);
          await page.waitForLoadState('networkidle');
        } catch (error) {
          note(String(error).split('\n')[0]);
        }
        await page.waitForTimeout(150);
        for (const problem of await inspect(page)) note(problem);
        const file = `${screen.name}-${language}-${size}-${theme}.jpg`;
        // The whole page on a screen as tall as it, so that bars stay at its foot.
        const whole = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.min(Math.max(height, whole), TALLEST) });
        await page.waitForTimeout(50);
        await page.screenshot({ path: path.join(out, file), type: 'jpeg', quality: 78 });
        await page.setViewportSize({ width, height });
        pictures.push({ screen: screen.name, language, size, theme, file });
        if (first) await page.unroute('**/api', firstStart);
      }
      await context.close();
      process.stdout.write(`${language} ${size} ${theme}\n`);
    }
  }
}
await browser.close();

/** The node as it was before its person had a name. */
async function firstStart(route) {
  const response = await route.fetch();
  if (!route.request().postData()?.includes('"call":"me"')) return route.fulfill({ response });
  return route.fulfill({ response, json: { ...(await response.json()), name: null } });
}

const rows = screens
  .map(({ name }) => ({ name, all: pictures.filter((picture) => picture.screen === name) }))
  .filter(({ all }) => all.length > 0)
  .map(
    ({ name, all }) =>
      `<h2 id="${name}">${name}</h2><div>${all
        .map((one) => `<figure><img loading="lazy" src="${one.file}" alt=""><figcaption>${one.language} ${one.size} ${one.theme}</figcaption></figure>`)
        .join('')}</div>`,
  );
await writeFile(
  path.join(out, 'index.html'),
  `<!doctype html><meta charset="utf-8"><title>Majlis, screen by screen</title><style>body{font:16px sans-serif;margin:2rem;background:#ddd}div{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}figure{margin:0}img{max-block-size:30rem;max-inline-size:30rem;border:1px solid #999}</style><h1>Majlis, screen by screen</h1>${rows.join('\n')}\n`,
);
process.stdout.write(`${pictures.length} pictures in ${out}/index.html\n`);
for (const [problem, where] of wrong) process.stdout.write(`! ${problem}\n    ${where.length} times, first at ${where.slice(0, 3).join('; ')}\n`);
process.exitCode = wrong.size > 0 ? 1 : 0;
