// Draws the icons of the installed page, web/public/icon-*.png, from favicon.svg. Browsers that take an SVG need none of
// them; the others, and what phones cut a shape out of, do.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { test } from '@playwright/test';

const publicFile = (name: string) =>
  fileURLToPath(new URL(`../../web/public/${name}`, import.meta.url));

/** What a mask leaves is a circle of 80 %: the mark stays inside it, its colour goes to the edges. */
const MASKABLE = { name: 'icon-maskable-512.png', size: 512, inset: 0.1, fill: '#006c74' };
const ICONS = [
  { name: 'icon-180.png', size: 180, inset: 0, fill: '#006c74' },
  { name: 'icon-192.png', size: 192, inset: 0, fill: 'transparent' },
  { name: 'icon-512.png', size: 512, inset: 0, fill: 'transparent' },
  MASKABLE,
];

for (const { name, size, inset, fill } of ICONS) {
  test(`the icon ${name}`, async ({ page }) => {
    const mark = await readFile(publicFile('favicon.svg'), 'utf8');
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>html{background:${fill}}body{margin:${size * inset}px}svg{display:block}</style>${mark}`,
    );
    await page.screenshot({ path: publicFile(name), omitBackground: true });
  });
}
