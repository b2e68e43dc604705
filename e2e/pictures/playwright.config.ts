// `npm run pictures` takes the README's pictures anew.
import { defineConfig } from '@playwright/test';

import base from '../playwright.config.ts';

export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: ['room.ts', 'icons.ts'],
  outputDir: '../results/failures',
  workers: 1,
  projects: [{ name: 'desktop', use: { viewport: { width: 1280, height: 800 } } }],
});
