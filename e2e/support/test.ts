// `test` with what every journey starts from: a server of its own, and windows whose
// pages are watched.
import { type Page, test as base, expect } from '@playwright/test';

import { Guard } from './guard.ts';
import { Server, type Settings } from './server.ts';

interface Fixtures {
  /** What the server is started with: `test.use({ settings: { PARLOR_…: … } })`. */
  settings: Settings;
  /** What people call the machine; `parlor.lan` is no secure context. */
  hostName: string;
  /** A real server on an empty folder: unclaimed, so it is its own demo. */
  server: Server;
  guard: Guard;
  /** Opens a page with cookies and storage of its own, as another person would. */
  openWindow: () => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],
  hostName: ['localhost', { option: true }],
  server: async ({ settings, hostName }, use) => {
    const server = await Server.start(settings, hostName);
    await use(server);
    await server.dispose();
  },
  baseURL: async ({ server }, use) => {
    await use(server.url);
  },
  guard: async ({ server }, use) => {
    const guard = new Guard(server.url);
    await use(guard);
    expect(guard.found, 'errors, refusals of the policy and foreign requests').toEqual([]);
  },
  context: async ({ context, guard }, use) => {
    await guard.watch(context);
    await use(context);
  },
  openWindow: async ({ browser, server, guard, contextOptions }, use) => {
    const opened: Page[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...contextOptions, baseURL: server.url });
      await guard.watch(context);
      const page = await context.newPage();
      opened.push(page);
      return page;
    });
    for (const page of opened) await page.context().close();
  },
});

export { expect };
