// Coming back to a room where much was said: reading begins where it ended, everything unread is one key away from being
// read, and a message can be handed on as a link.
import type { Locator, Page } from '@playwright/test';

import { ADA, PRATHMESH, feed, generalOf, message, openRoom, roomLink, say, showRooms, signIn, signUp } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.use({ settings: { PARLOR_RATE_LIMITS: 'off' } });

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => `message ${from + n} of many`);

test('a room with more than a page unread opens at the first unread message', async ({ page, server }) => {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, ada);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await say(server, ada, general, ['the last that was read']);
  await expect(message(page, 'the last that was read')).toBeInViewport();
  await showRooms(page);
  const { room } = await server.call<{ room: { id: string } }>(
    'POST',
    '/rooms',
    { name: 'elsewhere', kind: 'open' },
    ada,
  );
  await joinRoom(page, room.id);
  await openRoom(page, 'elsewhere');
  await say(server, ada, general, numbered(1, 120));

  await openRoom(page, 'general');
  const general99 = feed(page, 'general');
  await expect(message(page, 'the last that was read')).toBeInViewport();
  await expect(message(page, 'message 1 of many')).toBeInViewport();
  await expect(general99.getByText('New', { exact: true })).toBeInViewport();
  const jump = page.getByRole('button', { name: 'Jump to newest · 99+' });
  await jump.click();
  await expect(message(page, 'message 120 of many')).toBeInViewport();
  await expect(jump).toBeHidden();
  await showRooms(page);
  await expect(roomLink(page, 'general')).toHaveAccessibleName('general');
});

test('a link to a message is copied from its menu, and opens in context', async ({ page, server, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, ada);
  await say(server, ada, general, numbered(1, 90));
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  const last = message(page, 'message 90 of many');
  await expect(last).toBeInViewport();

  const touch = await page.evaluate(() => matchMedia('(hover: none)').matches);
  if (touch) await longPress(last);
  else await last.click({ button: 'right' });
  const menu = page.getByRole('menu', { name: 'Message by Ada Lovelace' });
  await expect(menu.getByRole('menuitem').first()).toBeFocused();
  await expect(menu.getByRole('menuitem', { name: 'Delete' })).toHaveCount(0);
  await menu.getByRole('menuitem', { name: 'Copy link' }).click();
  await expect(menu.getByRole('menuitem', { name: 'Copied' })).toBeVisible();
  await expect(menu).toBeHidden();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const seq = await last.getAttribute('data-seq');
  expect(link).toBe(`${server.url}/r/${general}/${seq}`);

  await say(server, ada, general, numbered(91, 200));
  await page.goto(link);
  await expect(message(page, 'message 90 of many')).toBeInViewport();
  await expect(message(page, 'message 91 of many')).toBeInViewport();
  await expect(page.getByRole('button', { name: /^Jump to newest/ })).toBeVisible();
});

// A phone has no such keys.
test('Escape reads a room, Shift Escape all of them', { tag: '@desktop' }, async ({ page, server }) => {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, ada);
  const rooms: string[] = [];
  for (const name of ['engines', 'looms']) {
    const body = { name, kind: 'open' };
    const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', body, ada);
    rooms.push(room.id);
  }
  await signIn(page, PRATHMESH);
  for (const room of rooms) await joinRoom(page, room);
  await openRoom(page, 'engines');
  for (const room of rooms) await say(server, ada, room, ['something new']);
  await say(server, ada, general, numbered(1, 90));
  await expect(roomLink(page, 'general')).toHaveAccessibleName(/90 unread/);
  await expect(roomLink(page, 'looms')).toHaveAccessibleName(/1 unread/);

  await openRoom(page, 'general');
  await expect(message(page, 'message 1 of many')).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(roomLink(page, 'general')).toHaveAccessibleName('general');
  await expect(roomLink(page, 'looms')).toHaveAccessibleName(/1 unread/);
  await page.keyboard.press('Shift+Escape');
  await expect(roomLink(page, 'looms')).toHaveAccessibleName('looms');
});

test('what is unread out of sight is told at the edge of the list', async ({ page, server, isMobile }) => {
  await page.setViewportSize(isMobile ? { width: 390, height: 560 } : { width: 1000, height: 520 });
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  const ids: string[] = [];
  for (let n = 10; n < 30; n += 1) {
    const body = { name: `room ${n}`, kind: 'open' };
    const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', body, ada);
    await joinRoom(page, room.id);
    ids.push(room.id);
  }
  for (const id of ids.slice(-3)) await say(server, ada, id, ['over here']);
  await showRooms(page);
  const more = page.getByRole('button', { name: '3 more unread' });
  await more.click();
  await expect(roomLink(page, 'room 27')).toBeInViewport();
  await expect(more).toBeHidden();
});

/** As the dialog would. */
async function joinRoom(page: Page, id: string): Promise<void> {
  await page.evaluate((id) => fetch(`/api/v1/rooms/${id}/members/me`, { method: 'PUT' }), id);
}

/** A finger that stays until the menu is there. */
async function longPress(target: Locator): Promise<void> {
  const box = await target.boundingBox();
  if (!box) throw new Error('not in view');
  const at = { x: box.x + 120, y: box.y + box.height / 2 };
  const client = await target.page().context().newCDPSession(target.page());
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await expect(target.page().getByRole('menu')).toBeVisible();
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}
