// `npm run pictures` takes docs/screens and the icons anew.
import { defineConfig } from '@playwright/test';

import base from '../playwright.config.ts';

export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: ['screens.ts', 'icons.ts'],
  outputDir: '../results/failures',
  workers: 1,
  expect: { timeout: 30_000 },
  use: { ...base.use, actionTimeout: 30_000, navigationTimeout: 30_000 },
  projects: [{ name: 'desktop', use: { viewport: { width: 1280, height: 800 } } }],
});
