// A whole visit without a mouse: everything is reached, and the focus is always seen.
import { type Locator, type Page } from '@playwright/test';

import {
  PRATHMESH,
  SENT,
  composer,
  emojiPicker,
  feed,
  message,
  roomLink,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

/** No part of the page is farther away than this. */
const MOST_TABS = 30;

/** Presses Tab (or Shift Tab) until this has the focus, and sees that one can see where it is. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  const there = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < MOST_TABS && !(await there()); presses += 1) {
    await page.keyboard.press(key);
  }
  await expect(target).toBeFocused();
  expect(await isMarked(target), 'the focus can be seen').toBe(true);
}

/** Whether this, or what frames it, wears a ring: an outline, or a shadow of a field's box. */
function isMarked(target: Locator): Promise<boolean> {
  return target.evaluate((element) => {
    const frames = [element, element.parentElement, element.parentElement?.parentElement];
    return frames.some((each) => {
      if (!each) return false;
      const { outlineStyle, boxShadow } = getComputedStyle(each);
      return outlineStyle !== 'none' || boxShadow !== 'none';
    });
  });
}

test('a message is answered, changed, reacted to and handed on by keys alone', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, PRATHMESH);
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('one\n');
  const one = message(page, 'one');
  await expect(one).toHaveAttribute('data-state', SENT);
  const toMessage = async () => {
    await tabTo(page, feed(page, 'general'), 'Shift+Tab');
    await page.keyboard.press('ArrowUp');
    await expect(one).toBeFocused();
  };

  await toMessage();
  await page.keyboard.press('+');
  await expect(emojiPicker(page).getByRole('button').first()).toBeFocused();
  await page.keyboard.type('rock');
  await expect(emojiPicker(page).getByRole('searchbox')).toHaveValue('rock');
  await page.keyboard.press('Enter');
  await expect(one.getByRole('button', { name: /^🚀 1/ })).toBeVisible();
  await expect(one).toBeFocused();

  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press('End');
  await expect(menu.getByRole('menuitem', { name: 'Delete' })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(menu).toBeHidden();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/\/r\/\w+\/\d+$/);
  await expect(one).toBeFocused();

  await page.keyboard.press('e');
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type(' more\n');
  await expect(message(page, 'one more')).toContainText('(edited)');
  await toMessage();
  await page.keyboard.press('Escape');
  await expect(composer(page)).toBeFocused();
});

test('a visit by keyboard alone', async ({ page }) => {
  await page.goto('/');
  await tabTo(page, page.getByRole('textbox', { name: 'Username' }));
  await page.keyboard.type(PRATHMESH.username);
  await tabTo(page, page.getByLabel('Password', { exact: true }));
  await page.keyboard.type(PRATHMESH.password);
  await page.keyboard.press('Enter');

  // Writing starts at once, and what is said can be changed from the box.
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('Nobody needs a mosue');
  await page.keyboard.press('Enter');
  await expect(message(page, 'a mosue')).toHaveAttribute('data-state', SENT);
  await page.keyboard.press('ArrowUp');
  await expect(composer(page)).toHaveValue('Nobody needs a mosue');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('use');
  await page.keyboard.press('Enter');
  const said = message(page, 'Nobody needs a mouse');
  await expect(said).toContainText('(edited)');

  // Up into the feed, and onto the message.
  await tabTo(page, feed(page, 'general'), 'Shift+Tab');
  await page.keyboard.press('ArrowUp');
  await expect(said).toBeFocused();
  await page.keyboard.press('r');
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('True enough');
  await page.keyboard.press('Enter');
  const reply = message(page, 'True enough');
  await expect(reply).toHaveAttribute('data-state', SENT);

  // A reaction, from the message's own tools.
  await tabTo(page, feed(page, 'general'), 'Shift+Tab');
  await page.keyboard.press('ArrowUp');
  await expect(reply).toBeFocused();
  await tabTo(page, reply.getByRole('button', { name: 'Add reaction' }));
  await page.keyboard.press('Enter');
  await expect(emojiPicker(page).getByRole('button').first()).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(reply.getByRole('button', { name: /^❤️ 1/ })).toHaveAttribute('aria-pressed', 'true');

  // Deleting asks, and gives the focus back to where one writes.
  await tabTo(page, reply.getByRole('button', { name: 'Delete', exact: true }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Delete this message?' });
  await tabTo(page, dialog.getByRole('button', { name: 'Delete message' }));
  await page.keyboard.press('Enter');
  await expect(message(page, 'Message deleted')).toHaveAttribute('data-state', 'deleted');
  await expect(composer(page)).toBeFocused();

  // A new room, and back to the first.
  await tabTo(page, page.getByRole('button', { name: 'Create room' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type('keys');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'keys' })).toBeVisible();
  await tabTo(page, roomLink(page, 'general'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();

  // And out.
  await tabTo(page, page.getByRole('button', { name: /^Account: / }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Sign out', exact: true }));
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
});
