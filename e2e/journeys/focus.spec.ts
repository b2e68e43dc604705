// Whoever goes by keyboard always knows where they are: the focus is never lost, and never hidden.
import { focusedName } from '../support/access.ts';
import { Line } from '../support/line.ts';
import {
  ADA,
  PRATHMESH,
  feed,
  generalOf,
  message,
  openRoom,
  pointAt,
  say,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('the focus is never lost', async ({ page, server }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, token);
  const [seq] = await say(server, token, general, ['about to be deleted', 'stays']);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');

  // The message that has the focus is deleted by its author: its place keeps it.
  await feed(page, 'general').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(message(page, 'about to be deleted')).toBeFocused();
  await page.keyboard.press('Tab');
  expect(await focusedName(page)).not.toBeNull();
  const actions = await pointAt(page, 'about to be deleted');
  await actions.getByRole('button').first().focus();
  const line = await Line.open(server, token);
  await line.remove(general, seq ?? 0);
  line.close();
  await expect(message(page, 'Message deleted')).toBeVisible();
  await expect.poll(() => focusedName(page)).not.toBeNull();

  // A dialog gives it back to what opened it; a change of room takes it along.
  const create = page.getByRole('button', { name: 'Create room' });
  await create.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(create).toBeFocused();
  await page.getByRole('link', { name: /^general/ }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => focusedName(page)).toMatch(/^(general|Message)$/);
});
