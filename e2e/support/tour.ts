// A walk past the screens, in whichever language the page speaks: the names are taken from the words themselves.
import { type Locator, type Page, expect } from '@playwright/test';

import type { Words } from '../../web/src/lib/words/en.ts';
import { ADA, PRATHMESH, generalOf, say, signUp } from './people.ts';
import type { Server } from './server.ts';

/** Called on every screen, once it stands. */
export type Visit = (screen: string) => Promise<void>;

const exact = (name: string) => ({ name, exact: true });

/** From the door through the rooms, with somebody in them who has said things. */
export async function tour(page: Page, server: Server, words: Words, visit: Visit): Promise<void> {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, token);
  await say(server, token, general, [
    'Did the migration finish? The dashboard still shows yesterday.',
    'שלום לכולם, @prathmesh: https://example.com/a/rather/long/address/that/has/to/break/somewhere',
    `${'AVeryLongWordWithoutAnyPlaceToBreak'.repeat(4)} and then some`,
  ]);
  await server.call('POST', '/rooms', { name: 'looms and cards', kind: 'open', topic: '' }, token);

  await page.goto('/');
  await expect(page.getByRole('button', exact(words.gate.signIn))).toBeVisible();
  await visit('door');
  await page.getByRole('button', exact(words.gate.wantAccount)).click();
  await visit('sign-up');
  await page.getByRole('button', exact(words.gate.haveAccount)).click();
  await page.getByRole('textbox', { name: words.gate.username }).fill(PRATHMESH.username);
  await page.getByLabel(words.gate.password, { exact: true }).fill(PRATHMESH.password);
  await page.getByRole('button', exact(words.gate.signIn)).click();

  const rooms = page.getByRole('navigation', { name: words.sidebar.label });
  const box = page.getByRole('textbox', exact(words.composer.label));
  await expect(rooms.or(box).filter({ visible: true }).first()).toBeVisible();
  if (!(await rooms.isVisible())) await page.getByLabel(words.room.back).click();
  await visit('rooms');
  await inRooms(page, words, visit);

  await rooms.getByRole('link', { name: /^general/ }).click();
  await expect(page.getByRole('article').last()).toBeVisible();
  await box.fill('It did, at four.');
  await page.getByRole('button', { name: words.composer.send }).click();
  await expect(page.getByRole('article').filter({ hasText: 'It did, at four' })).toBeVisible();
  await visit('room');
  await inRoom(page, words, visit);
}

async function inRooms(page: Page, words: Words, visit: Visit): Promise<void> {
  await page.getByRole('button', exact(words.sidebar.createRoom)).first().click();
  await visitDialog(page, words.dialogs.createTitle, 'create-room', visit);
  await page.getByRole('button', exact(words.sidebar.joinRoom)).click();
  await expect(page.getByRole('button', { name: words.dialogs.joinRoom('looms and cards') })).toBeVisible();
  await visitDialog(page, words.dialogs.joinTitle, 'join-room', visit);
  await page.getByRole('button', exact(words.sidebar.newDirect)).click();
  await expect(page.getByRole('button', { name: words.dialogs.message('Ada Lovelace') })).toBeVisible();
  await visitDialog(page, words.dialogs.directTitle, 'new-direct', visit);
  await page.getByRole('button', { name: words.sidebar.account('') }).click();
  await visit('account');
  await page.keyboard.press('Escape');
}

async function inRoom(page: Page, words: Words, visit: Visit): Promise<void> {
  const mine = page.getByRole('article').filter({ hasText: 'It did, at four' });
  const actions = mine.getByLabel(words.message.actions);
  await pointAt(page, mine, actions);
  await visit('message-actions');
  await actions.getByRole('button', exact(words.message.addReaction)).click();
  await expect(page.getByRole('dialog', { name: words.emoji.title })).toBeVisible();
  await visit('emoji');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: words.emoji.title })).toBeHidden();
  await pointAt(page, mine, actions);
  await actions.getByRole('button', exact(words.message.delete)).click();
  await visitDialog(page, words.dialogs.deleteTitle, 'delete', visit);
  await page.getByRole('button', { name: words.room.membersCount(2) }).click();
  await expect(page.getByRole('complementary', { name: words.room.members })).toBeVisible();
  await visit('members');
  await page.getByRole('button', exact(words.room.closeMembers)).click();
}

async function visitDialog(page: Page, title: string, screen: string, visit: Visit): Promise<void> {
  const dialog = page.getByRole('dialog', { name: title });
  await expect(dialog).toBeVisible();
  await visit(screen);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
}

async function pointAt(page: Page, article: Locator, actions: Locator): Promise<void> {
  const touch = await page.evaluate(() => matchMedia('(hover: none)').matches);
  if (!touch) await article.hover();
  await expect(async () => {
    // A tap on the tools has put them away, a moment later perhaps.
    if (touch && !(await actions.isVisible())) {
      const { width, height } = (await article.boundingBox()) ?? { width: 0, height: 0 };
      await article.tap({ position: { x: width - 24, y: height - 8 }, timeout: 2000 });
    }
    await expect(actions).toBeVisible({ timeout: 500 });
  }).toPass();
}
