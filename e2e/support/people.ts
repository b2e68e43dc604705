// What people do, told by the names that they see.
import { type Locator, type Page, expect } from '@playwright/test';

import type { Server } from './server.ts';

export interface Account {
  username: string;
  password: string;
}

/** The demo's own account. */
export const PRATHMESH: Account = { username: 'prathmesh', password: '123' };

export const ADA: Account = { username: 'ada', password: 'a-quiet-engine-1843' };
export const OWNER: Account = { username: 'grace', password: 'nanoseconds-of-wire' };

/** Makes an account on a demo, without a browser. Returns its token. */
export async function signUp(server: Server, account: Account, name: string): Promise<string> {
  const body = { ...account, name };
  const { token } = await server.call<{ token: string }>('POST', '/users', body);
  return token;
}

/** Claims the server for `OWNER`, without a browser. Returns the owner's token. */
export async function claim(server: Server): Promise<string> {
  const token = server.ownerLink.split('#')[1];
  const body = { token, ...OWNER, name: 'Grace', server_name: 'The Engine Room' };
  const answer = await server.call<{ token: string }>('POST', '/claim', body);
  return answer.token;
}

/** What is said without a browser: a room's messages, in order. */
export async function say(
  server: Server,
  token: string,
  room: string,
  texts: readonly string[],
): Promise<number[]> {
  const seqs: number[] = [];
  for (const text of texts) {
    const body = { text, nonce: crypto.randomUUID() };
    const { seq } = await server.call<{ seq: number }>(
      'POST',
      `/rooms/${room}/messages`,
      body,
      token,
    );
    seqs.push(seq);
  }
  return seqs;
}

/** The id of the room that every new account is in. */
export async function generalOf(server: Server, token: string): Promise<string> {
  const mine = await server.call<{ items: { id: string }[] }>('GET', '/rooms', undefined, token);
  const room = mine.items[0]?.id;
  if (room === undefined) throw new Error('this account is in no room');
  return room;
}

/** Signs in from wherever the page asks for it, and waits for the rooms. */
export async function signIn(page: Page, account: Account): Promise<void> {
  await page.goto('/');
  await fillCredentials(page, account);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(inside(page)).toBeVisible();
}

export async function fillCredentials(page: Page, account: Account): Promise<void> {
  await page.getByRole('textbox', { name: 'Username' }).fill(account.username);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
}

/** Either pane that only someone signed in has; a phone shows one at a time. */
export function inside(page: Page): Locator {
  return rooms(page).or(composer(page)).filter({ visible: true }).first();
}

export function rooms(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Rooms and people' });
}

/** A room's link in the sidebar, whatever waits there. */
export function roomLink(page: Page, name: string): Locator {
  return rooms(page).getByRole('link', { name: new RegExp(`^#?\\s*${name}\\b`) });
}

/** Brings the list of rooms to the front: on a phone it hides behind a room. */
export async function showRooms(page: Page): Promise<void> {
  await expect(inside(page)).toBeVisible();
  const back = page.getByLabel('Back to rooms');
  if (await back.isVisible()) await back.click();
  await expect(rooms(page)).toBeVisible();
}

export async function openRoom(page: Page, name: string): Promise<void> {
  await showRooms(page);
  await roomLink(page, name).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(feed(page, name)).toBeVisible();
}

/** Makes a room by the dialog and goes there. */
export async function createRoom(
  page: Page,
  name: string,
  kind: 'Open' | 'Closed' = 'Open',
): Promise<void> {
  await showRooms(page);
  await page.getByRole('button', { name: 'Create room' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create a room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('textbox', { name: /^Topic/ }).fill(`All about ${name}`);
  await dialog.getByText(kind, { exact: true }).click();
  await expect(dialog.getByRole('radio', { name: kind })).toBeChecked();
  await dialog.getByRole('button', { name: 'Create room', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

/** What was said in a room: a feed, or a group as long as nothing was. */
export function feed(page: Page, room: string): Locator {
  return page.getByLabel(`Messages in ${room}`, { exact: true });
}

export function composer(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Message', exact: true });
}

/** The message that says this. */
export function message(page: Page, text: string): Locator {
  return page.getByRole('article').filter({ hasText: text });
}

/** The server has it; its event may be here already or not. */
export const SENT = /^(sent|delivered)$/;

/** Writes and sends; returns once the server has it. */
export async function post(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Send message' }).click();
  await expect(message(page, text)).toHaveAttribute('data-state', SENT);
}

/** Points at a message: the mouse over it, or a finger on it. Returns what can be done with it. */
export async function pointAt(page: Page, text: string): Promise<Locator> {
  const of = message(page, text);
  const actions = of.getByLabel('Message actions');
  if (!(await isTouch(page))) await of.hover();
  else if (!(await actions.isVisible())) {
    // At its end: at its start is a face, which leads to a profile.
    const box = await of.boundingBox();
    await of.tap({ position: { x: (box?.width ?? 0) - 8, y: 8 } });
  }
  return actions;
}

/** Presses one of a message's actions. */
export async function act(page: Page, text: string, action: string): Promise<void> {
  const actions = await pointAt(page, text);
  const button = actions.getByRole('button', { name: action, exact: true });
  if (await isTouch(page)) await button.tap();
  else await button.click();
}

/** Reacts with a thumb: one click with a mouse, by way of the picker on a phone. */
export async function thumbUp(page: Page, text: string): Promise<void> {
  if (!(await isTouch(page))) return act(page, text, 'React with 👍');
  await act(page, text, 'Add reaction');
  await emojiPicker(page).getByRole('button', { name: 'thumbs up', exact: true }).click();
}

export function emojiPicker(page: Page): Locator {
  return page.getByRole('dialog', { name: 'Choose an emoji' });
}

function isTouch(page: Page): Promise<boolean> {
  return page.evaluate(() => matchMedia('(hover: none)').matches);
}

/** Opens the menu of one's own account. */
export async function openAccountMenu(page: Page): Promise<void> {
  await showRooms(page);
  await page.getByRole('button', { name: /^Account: / }).click();
}

/** A place with an owner and, by invite, others: each with a token and an id. */
export interface Resident extends Account {
  token: string;
  id: string;
  name: string;
}

/** Brings somebody in by an invite of the owner's. */
export async function bringIn(
  server: Server,
  owner: string,
  account: Account,
  name: string,
): Promise<Resident> {
  const { code } = await server.call<{ code: string }>('POST', '/invites', { max_uses: 1 }, owner);
  const body = { ...account, name, invite: code };
  const { token, user } = await server.call<{
    token: string;
    user: { id: string };
  }>('POST', '/users', body);
  return { ...account, token, id: user.id, name };
}

export const LINUS: Account = {
  username: 'linus',
  password: 'a-kettle-on-the-boil',
};

/** Opens a page of the settings by the account's menu. */
export async function openSettings(
  page: Page,
  which: 'Your account' | 'Signed-in devices' | 'People' | 'Invites' | 'Password' | 'This place',
): Promise<Locator> {
  await openAccountMenu(page);
  const staff = ['People', 'Invites', 'This place'].includes(which);
  await page
    .getByRole('button', {
      name: staff ? 'People and invites' : 'Your account',
    })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByRole('navigation', { name: 'Settings' })
    .getByRole('button', { name: which, exact: true })
    .click();
  await expect(dialog.getByRole('heading', { level: 2, name: which })).toBeVisible();
  return page.getByRole('dialog', { name: which, exact: true });
}

/** Opens the settings of the room on screen. */
export async function openRoomSettings(
  page: Page,
  which: 'About' | 'Members' | 'Archive and leave' | 'Leave room',
): Promise<Locator> {
  await page.getByRole('button', { name: 'Room settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Room settings' });
  await dialog
    .getByRole('navigation', { name: 'Room settings' })
    .getByRole('button', { name: which, exact: true })
    .click();
  return dialog;
}

/** Chooses one of several, where the page draws its own radio buttons. */
export async function choose(among: Locator, name: string): Promise<void> {
  const radio = among.page().getByRole('radio', { name, exact: true });
  await among.locator('label').filter({ has: radio }).click();
  await expect(radio).toBeChecked();
}
