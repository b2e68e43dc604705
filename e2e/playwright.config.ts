// Browser journeys against the real binary, in Debian's Chromium. No retries: a
// journey that passes the second time only has found something.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './journeys',
  outputDir: './results/failures',
  forbidOnly: true,
  fullyParallel: true,
  retries: 0,
  // Each worker drives a browser and a server; two processors carry two of them.
  workers: 2,
  // A journey of many steps, on processors that compile at the same time.
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    // The journeys wait for what people wait for, and not longer.
    actionTimeout: 10_000,
    navigationTimeout: 10_000,
    launchOptions: {
      executablePath: process.env.PARLOR_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A name of a home network: plain HTTP on it is no secure context.
        '--host-resolver-rules=MAP parlor.lan 127.0.0.1',
      ],
    },
  },
  projects: [
    // A journey whose other width would show nothing new is tagged with its own.
    { name: 'desktop', grepInvert: /@phone/, use: { viewport: { width: 1280, height: 800 } } },
    {
      name: 'phone',
      grepInvert: /@desktop/,
      testIgnore: ['**/keyboard*.spec.ts', '**/focus.spec.ts', '**/frozen.spec.ts'], // a phone has no Tab key; frozen tabs have no width
      use: {
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        isMobile: true,
        hasTouch: true,
      },
    },
  ],
});
