// What asks for attention while somebody is elsewhere: the title, the icon, and, once asked for, a notification.
import { type Page } from '@playwright/test';

import { clickNotification, raised, setHidden, watchNotifications } from '../support/attention.ts';
import {
  ADA,
  PRATHMESH,
  createRoom,
  generalOf,
  message,
  openAccountMenu,
  openRoom,
  say,
  showRooms,
  signIn,
  signUp,
} from '../support/people.ts';
import type { Server } from '../support/server.ts';
import { expect, test } from '../support/test.ts';

const icon = (page: Page) => page.locator('link[rel="icon"]');

/** Ada, who says things in `general` without a browser. */
async function meetAda(server: Server) {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, token);
  return (...texts: string[]) => say(server, token, general, texts);
}

test('the title and the icon say what waits, until it is read', async ({ page, server }) => {
  const ada = await meetAda(server);
  await signIn(page, PRATHMESH);
  await createRoom(page, 'quiet');
  await expect(page).toHaveTitle('quiet · Parlor');
  await expect(icon(page)).toHaveAttribute('href', '/favicon.svg');

  await ada('anybody here?');
  await expect(page).toHaveTitle('• quiet · Parlor');
  await expect(icon(page)).toHaveAttribute('href', /^data:image\/svg\+xml,.*circle/);
  await ada('@prathmesh are you?', '@prathmesh hello');
  await expect(page).toHaveTitle('(2) quiet · Parlor');
  await expect(icon(page)).toHaveAttribute('href', /%3E2%3C/);

  await openRoom(page, 'general');
  await expect(page).toHaveTitle('general · Parlor');
  await expect(icon(page)).toHaveAttribute('href', '/favicon.svg');
});

test('a mention raises a notification only where asked for and out of sight', { tag: '@desktop' }, async ({
  page,
  server,
}) => {
  const ada = await meetAda(server);
  await watchNotifications(page);
  await signIn(page, PRATHMESH);
  await createRoom(page, 'quiet');

  // Nobody asked for them yet.
  await setHidden(page, true);
  await ada('@prathmesh one');
  await expect(page).toHaveTitle(/^\(1\)/);
  expect(await raised(page)).toEqual([]);

  await setHidden(page, false);
  await openAccountMenu(page);
  const wanted = page.getByRole('switch', { name: 'Notifications' });
  await wanted.click();
  await expect(wanted).toBeChecked();
  await page.keyboard.press('Escape');
  await openRoom(page, 'quiet');

  // Seen by somebody who looks at another room: no more than a number.
  await ada('@prathmesh two');
  await expect(page).toHaveTitle(/^\(2\)/);
  await setHidden(page, true);
  await ada('nothing for anybody', '@prathmesh three');
  await expect(page).toHaveTitle(/^\(3\)/);
  const [first, ...more] = await raised(page);
  expect(first).toMatchObject({ title: 'Ada Lovelace in #general', body: '@prathmesh three' });
  expect(more).toEqual([]);

  await clickNotification(page);
  await setHidden(page, false);
  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await expect(message(page, '@prathmesh three')).toBeVisible();
  await expect(page).toHaveTitle('general · Parlor');
});

test('a notification goes away when it was read on another device', { tag: '@desktop' }, async ({
  page,
  server,
  openWindow,
}) => {
  const ada = await meetAda(server);
  await watchNotifications(page);
  await signIn(page, PRATHMESH);
  await createRoom(page, 'quiet');
  await openAccountMenu(page);
  await page.getByRole('switch', { name: 'Notifications' }).click();
  await page.keyboard.press('Escape');
  await setHidden(page, true);
  await ada('@prathmesh come and see');
  await expect.poll(async () => (await raised(page)).map((each) => each.closed)).toEqual([false]);

  const elsewhere = await openWindow();
  await signIn(elsewhere, PRATHMESH);
  await showRooms(elsewhere);
  await openRoom(elsewhere, 'general');
  await expect.poll(async () => (await raised(page)).map((each) => each.closed)).toEqual([true]);
});

test('of two tabs one notifies, and none while the other is looked at', { tag: '@desktop' }, async ({ page, server }) => {
  const ada = await meetAda(server);
  await watchNotifications(page);
  await signIn(page, PRATHMESH);
  await createRoom(page, 'quiet');
  await openAccountMenu(page);
  await page.getByRole('switch', { name: 'Notifications' }).click();
  await page.keyboard.press('Escape');
  const second = await page.context().newPage();
  await watchNotifications(second);
  await second.goto('/');
  await openRoom(second, 'quiet');
  const all = async () => [...(await raised(page)), ...(await raised(second))];

  const titled = (mark: RegExp) =>
    Promise.all([expect(page).toHaveTitle(mark), expect(second).toHaveTitle(mark)]);

  await setHidden(page, true);
  await ada('@prathmesh one');
  await titled(/^\(1\)/);
  await setHidden(second, true);
  await ada('@prathmesh two');
  await titled(/^\(2\)/);
  await expect.poll(async () => (await all()).map((each) => each.body)).toEqual(['@prathmesh two']);
  await ada('@prathmesh three');
  await titled(/^\(3\)/);
  const bodies = ['@prathmesh two', '@prathmesh three'];
  await expect.poll(async () => (await all()).map((each) => each.body)).toEqual(bodies);
});
