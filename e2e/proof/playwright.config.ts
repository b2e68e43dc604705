// `npm run prove`: journeys that take their minutes, and so are no part of every check.
import { defineConfig } from '@playwright/test';

import base from '../playwright.config.ts';

export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: ['*.ts'],
  testIgnore: ['playwright.config.ts'],
  outputDir: '../results/failures',
  timeout: 15 * 60_000,
  projects: [{ name: 'desktop', use: { viewport: { width: 1280, height: 800 } } }],
});
