// What can be done with a message, seen by its author and by somebody else.
import {
  ADA,
  PRATHMESH,
  act,
  composer,
  emojiPicker,
  message,
  openRoom,
  pointAt,
  post,
  signIn,
  signUp,
  thumbUp,
} from '../support/people.ts';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';

test.beforeEach(async ({ page, server }) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
});

async function ada(openWindow: () => Promise<Page>): Promise<Page> {
  const page = await openWindow();
  await signIn(page, ADA);
  await openRoom(page, 'general');
  return page;
}

test('an author edits, and everyone sees what it says now', async ({ page, openWindow }) => {
  const other = await ada(openWindow);
  await post(page, 'The meeting is at nien');
  await expect(message(other, 'at nien')).toBeVisible();

  await act(page, 'at nien', 'Edit');
  await expect(composer(page)).toHaveValue('The meeting is at nien');
  await composer(page).fill('The meeting is at nine');
  await page.getByRole('button', { name: 'Save changes' }).click();

  for (const window of [page, other]) {
    await expect(message(window, 'at nine')).toContainText('(edited)');
    await expect(message(window, 'at nien')).toHaveCount(0);
  }
  await expect(composer(page)).toHaveValue('');
});

test('the arrow up in an empty composer edits the last message', async ({ page }) => {
  await post(page, 'almost rihgt');
  await composer(page).press('ArrowUp');
  await composer(page).fill('almost right');
  await composer(page).press('Enter');
  await expect(message(page, 'almost right')).toContainText('(edited)');
});

test('a deleted message leaves no text behind, now or after a reload', async ({
  page,
  openWindow,
}) => {
  const other = await ada(openWindow);
  await post(page, 'this was a secret');
  await expect(message(other, 'this was a secret')).toBeVisible();

  await act(page, 'this was a secret', 'Delete');
  const dialog = page.getByRole('dialog', { name: 'Delete this message?' });
  await dialog.getByRole('button', { name: 'Delete message' }).click();

  for (const window of [page, other]) {
    await expect(message(window, 'Message deleted')).toHaveAttribute('data-state', 'deleted');
    await expect(message(window, 'this was a secret')).toHaveCount(0);
  }
  await other.reload();
  await expect(message(other, 'Message deleted')).toBeVisible();
  expect(await other.content()).not.toContain('this was a secret');
});

test('only who wrote it, or owns the room, may take it away', async ({ page, openWindow }) => {
  const other = await ada(openWindow);
  await post(page, 'mine to change');
  const actions = await pointAt(other, 'mine to change');
  await expect(actions.getByRole('button', { name: 'Reply' })).toBeVisible();
  await expect(actions.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await expect(actions.getByRole('button', { name: 'Delete' })).toHaveCount(0);
});

test('a reaction counts, says who, and goes away again', async ({ page, openWindow }) => {
  const other = await ada(openWindow);
  await post(page, 'Lunch?');
  await thumbUp(page, 'Lunch?');
  await message(other, 'Lunch?').getByRole('button', { name: /^👍 1/ }).click();

  for (const window of [page, other]) {
    const both = message(window, 'Lunch?').getByRole('button', { name: /^👍 2/ });
    await expect(both).toHaveAttribute('aria-pressed', 'true');
    await expect(both).toHaveAccessibleName(/Ada Lovelace/);
  }
  await message(page, 'Lunch?').getByRole('button', { name: /^👍 2/ }).click();
  const left = message(other, 'Lunch?').getByRole('button', { name: /^👍 1/ });
  await expect(left).toHaveAttribute('aria-pressed', 'true');
});

test('any emoji can be chosen from the picker', async ({ page }) => {
  await post(page, 'It works');
  await act(page, 'It works', 'Add reaction');
  await emojiPicker(page).getByRole('button', { name: 'rocket', exact: true }).click();
  await expect(message(page, 'It works').getByRole('button', { name: /^🚀 1/ })).toBeVisible();
});

test('a reply quotes what it answers', async ({ page, openWindow }) => {
  const other = await ada(openWindow);
  await post(page, 'Who brings the cake?');
  await act(other, 'Who brings the cake?', 'Reply');
  await expect(other.getByText('Replying to')).toBeVisible();
  await post(other, 'I will');

  for (const window of [page, other]) {
    const quote = message(window, 'I will').getByRole('button', {
      name: /^Reply to .*Who brings the cake/,
    });
    await expect(quote).toBeVisible();
  }
  await expect(other.getByRole('button', { name: 'Cancel reply' })).toHaveCount(0);
});
