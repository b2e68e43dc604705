// Writing with help: people, rooms and emoji by a few letters; jumping anywhere; and the keys that do it.
import { ADA, OWNER, PRATHMESH, composer, message, openRoom, roomLink, say, generalOf, signIn, signUp } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.beforeEach(async ({ page, server }) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signUp(server, OWNER, 'Grace Hopper');
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
});

test('a person, a room and an emoji are named by a few letters', async ({ page }) => {
  const box = composer(page);
  await box.focus();
  await page.keyboard.type('Ask @lov');
  const people = page.getByRole('listbox', { name: 'People' });
  await expect(people.getByRole('option', { name: /Ada Lovelace/ })).toHaveAttribute('aria-selected', 'true');
  await expect(box).toHaveAttribute('aria-activedescendant', /-0$/);
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue('Ask @ada ');
  await expect(people).toBeHidden();

  await page.keyboard.type('in #gen');
  await page.getByRole('listbox', { name: 'Rooms' }).getByRole('option', { name: 'general' }).click();
  await page.keyboard.type(':rock');
  await expect(page.getByRole('option', { name: 'rocket' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(box).toHaveValue('Ask @ada in #general 🚀 ');
  await expect(box).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(message(page, 'Ask @ada in #general 🚀')).toBeVisible();
});

test('a list that is not wanted goes with Escape, and what was written stays', async ({ page }) => {
  const box = composer(page);
  await box.focus();
  await page.keyboard.type('@');
  await expect(page.getByRole('option').first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await page.keyboard.type('gr');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(message(page, '@gr')).toBeVisible();
});

test('a text that is too long is not sent, and says by how much', async ({ page }) => {
  await composer(page).fill('a'.repeat(15_500));
  await expect(page.getByText('884 bytes left')).toBeVisible();
  await composer(page).fill(`${'a'.repeat(16 * 1024)}🚀`);
  await expect(page.getByText('4 bytes too long')).toBeVisible();
  await composer(page).press('Control+Enter');
  await expect(page.getByRole('article')).toHaveCount(0);
  await composer(page).press('Backspace');
  await composer(page).press('Control+Enter');
  await expect(page.getByRole('article')).toHaveCount(1);
  await expect(composer(page)).toHaveValue('');
});

test('the jump box leads to a room, and to somebody never written to', async ({ page, server, isMobile }) => {
  const ada = await signUp(server, { ...ADA, username: 'linus' }, 'Linus Okafor');
  const body = { name: 'engineering', kind: 'open' };
  const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', body, ada);
  await page.evaluate((id) => fetch(`/api/v1/rooms/${id}/members/me`, { method: 'PUT' }), room.id);
  await say(server, ada, await generalOf(server, ada), ['hello']);

  const open = async () => {
    if (!isMobile) return page.keyboard.press('Control+k');
    await page.getByLabel('Back to rooms').click();
    await page.getByRole('button', { name: 'Jump to…' }).click();
  };
  await open();
  const field = page.getByRole('combobox', { name: 'Where to?' });
  await expect(field).toBeFocused();
  await field.fill('engi');
  await expect(page.getByRole('option', { name: 'engineering' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'engineering' })).toBeVisible();

  await open();
  await field.fill('zzzz');
  await expect(page.getByText('No room and nobody here is called “zzzz”.')).toBeVisible();
  await field.fill('oka');
  await expect(page.getByRole('option', { name: /Linus Okafor/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Linus Okafor' })).toBeVisible();
});

// A phone has no such keys.
test('keys lead from room to room, and a sheet lists them', { tag: '@desktop' }, async ({ page, server }) => {
  const ada = await signUp(server, { ...ADA, username: 'linus' }, 'Linus Okafor');
  for (const name of ['alpha', 'omega']) {
    const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', { name, kind: 'open' }, ada);
    await page.evaluate((id) => fetch(`/api/v1/rooms/${id}/members/me`, { method: 'PUT' }), room.id);
    if (name === 'omega') await say(server, ada, room.id, ['unread']);
  }
  await expect(roomLink(page, 'omega')).toHaveAccessibleName(/1 unread/);
  const title = page.getByRole('heading', { level: 1 });
  await page.keyboard.press('Alt+ArrowUp');
  await expect(title).toHaveText('alpha');
  await page.keyboard.press('Alt+Shift+ArrowDown');
  await expect(title).toHaveText('omega');

  await page.keyboard.press('Control+/');
  const sheet = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(sheet.getByText('Jump to a room or a person')).toBeVisible();
  await sheet.getByRole('switch', { name: 'Use single keys on messages' }).uncheck();
  await page.keyboard.press('Control+/');
  await expect(sheet).toBeHidden();
  await expect(composer(page)).toBeFocused();
  await message(page, 'unread').focus();
  await page.keyboard.press('r');
  await expect(page.getByText('Replying to')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(composer(page)).toBeFocused();
});
