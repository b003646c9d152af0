// Looks at every chart in a browser: builds the board, which is no part of the interface, and takes
// a picture of each chart in three languages, three sizes, light and dark. What a picture does not
// show ends the run as a failure: accessibility, letters beyond the edge, a file that is none.
//
// GALLERY_OUT  the folder for the pictures (../out/gallery), in which `charts` is made; likewise
//              GALLERY_LANGUAGES, GALLERY_SIZES and GALLERY_THEMES, as for the screens
// CHARTS_ONLY  charts to take pictures of, by name, separated by commas
// CHROMIUM     the browser (/usr/bin/chromium)

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(path.resolve(process.env.GALLERY_OUT ?? path.join(here, '../../../out/gallery')), 'charts');
const chosen = (name, all) => (process.env[name] === undefined ? all : all.filter((one) => process.env[name].split(',').includes(one)));
const languages = chosen('GALLERY_LANGUAGES', ['ar', 'fr', 'en']);
const themes = chosen('GALLERY_THEMES', ['light', 'dark']);
const sizes = { phone: [360, 740], tablet: [800, 1280], desktop: [1280, 800] };
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
    for (const svg of document.querySelectorAll('svg[role=img]')) {
      const name = svg.closest('[data-chart]')?.getAttribute('data-chart');
      const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
      if (/NaN|Infinity|undefined/u.test(svg.outerHTML)) found.push(`${name}: no number`);
      for (const text of svg.querySelectorAll('text')) {
        const box = text.getBBox();
        if (box.x < -1 || box.x + box.width > width + 1 || box.y < -2 || box.y + box.height > height + 6) found.push(`${name}: beyond the edge: ${text.textContent}`);
      }
    }
    return found;
  });
}

const wrong = new Map();
const folder = await mkdtemp(path.join(tmpdir(), 'majlis-charts-'));
const config = { root: here, base: './', configFile: false, plugins: [svelte({ configFile: path.join(here, '../../svelte.config.js') })], logLevel: 'warn', build: { outDir: folder, assetsInlineLimit: 0 } };
await build(config);
const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0 } });
const url = server.resolvedUrls.local[0];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--force-prefers-reduced-motion', '--font-render-hinting=none'],
});
await mkdir(out, { recursive: true });
let pictures = 0;

try {
  for (const language of languages) {
    for (const size of chosen('GALLERY_SIZES', Object.keys(sizes))) {
      for (const theme of themes) {
        const [width, height] = sizes[size];
        const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', acceptDownloads: true });
        const page = await context.newPage();
        const note = (problem) => wrong.set(problem, [...(wrong.get(problem) ?? []), `${language} ${size} ${theme}`]);
        page.on('pageerror', (error) => note(`${error}`));
        await page.goto(`${url}#${language} ${theme}`);
        await page.evaluate(() => document.fonts.ready);
        await page.waitForTimeout(200);
        for (const problem of await inspect(page)) note(problem);
        const names = await page.locator('[data-chart]').evaluateAll((all) => all.map((one) => one.dataset.chart));
        const take = async (name, part = '') => {
          if (process.env.CHARTS_ONLY !== undefined && !process.env.CHARTS_ONLY.split(',').includes(name)) return;
          await page.locator(`[data-chart="${name}"]`).screenshot({ path: path.join(out, `${name}${part}-${language}-${size}-${theme}.png`) });
          pictures += 1;
        };
        for (const name of names) await take(name);
        await steps(page, take, note);
        if (size === 'phone') await keep(page, names, language, theme, note);
        await context.close();
        process.stdout.write(`${language} ${size} ${theme}\n`);
      }
    }
  }
} finally {
  await browser.close();
  await new Promise((done) => server.httpServer.close(done));
  await rm(folder, { recursive: true });
}

/** What is done with a chart: a budget step by step, a map from nearer, a table. */
async function steps(page, take, note) {
  const budget = page.locator('[data-chart=budget]');
  await budget.getByRole('button').first().click();
  for (let step = 0; step < 3; step += 1) await budget.locator('.step button').nth(1).click();
  await page.waitForTimeout(60);
  await take('budget', '-step');
  const map = page.locator('[data-chart=map]');
  const scale = () => map.locator('svg[role=img] text').last().textContent();
  const before = await scale();
  const box = await map.locator('svg[role=img]').boundingBox();
  for (let step = 0; step < 2; step += 1) await map.getByRole('button').first().click();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForTimeout(60);
  if ((await scale()) === before) note('map: no nearer');
  await take('map', '-near');
  await take('cross-shares', '-table');
  for (const problem of await inspect(page)) note(problem);
}

/** Keeps each chart as a file of both kinds, and opens the SVG on its own. */
async function keep(page, names, language, theme, note) {
  for (const name of names) {
    for (const [nth, kind] of [[0, 'png'], [1, 'svg']]) {
      const tools = page.locator(`[data-chart="${name}"] .tools`).first();
      await tools.getByRole('button').nth(1).click();
      const coming = page.waitForEvent('download', { timeout: 10_000 });
      await tools.getByRole('button').nth(1 + nth).click();
      const file = path.join(out, `${name}-${language}-${theme}.saved.${kind}`);
      await (await coming).saveAs(file);
      const bytes = await readFile(file);
      if (kind === 'png' && bytes.subarray(1, 4).toString() !== 'PNG') note(`${name}: no PNG`);
      if (kind !== 'svg') continue;
      const problem = await page.evaluate((text) => new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent, bytes.toString());
      if (problem) note(`${name}: no SVG: ${problem}`);
      if (/var\(|currentColor|NaN/u.test(bytes.toString())) note(`${name}: the SVG needs the page`);
    }
  }
}

process.stdout.write(`${pictures} pictures in ${out}\n`);
for (const [problem, where] of wrong) process.stdout.write(`! ${problem}\n    ${where.length} times, first at ${where.slice(0, 3).join('; ')}\n`);
process.exitCode = wrong.size > 0 ? 1 : 0;
