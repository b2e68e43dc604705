// Two tabs of one person are one device: they show the same, and one of them sends for both.
import { expectKept, expectShell } from '../support/device.ts';
import {
  ADA,
  PRATHMESH,
  SENT,
  composer,
  message,
  openRoom,
  post,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

/** The longest pause of the back-off, and some. */
const BACK_MS = 40_000;

test('what is written in two tabs without a network shows in both, and is sent once', async ({
  page,
  context,
  server,
  openWindow,
}) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await expectShell(page);
  const other = await context.newPage();
  await other.goto('/');
  await openRoom(other, 'general');
  await post(other, 'from the other tab');
  await expect(message(page, 'from the other tab')).toHaveAttribute('data-state', 'delivered');

  await server.kill();
  await composer(page).fill('one');
  await composer(page).press('Enter');
  await expect(message(other, 'one')).toHaveAttribute('data-state', 'pending');
  await composer(other).fill('two');
  await composer(other).press('Enter');
  await expect(message(page, 'two')).toHaveAttribute('data-state', 'pending');
  await expectKept(page, '"two"');

  await server.restart();
  for (const tab of [page, other]) {
    for (const text of ['one', 'two']) {
      const row = message(tab, text);
      await expect(row).toHaveAttribute('data-state', SENT, { timeout: BACK_MS });
      await expect(row).toHaveCount(1);
    }
  }
  const ada = await openWindow();
  await signIn(ada, ADA);
  await openRoom(ada, 'general');
  await expect(ada.getByRole('article')).toHaveCount(3);
  await expect(ada.getByRole('article')).toContainText(['from the other tab', 'one', 'two']);
});

test('when the tab that sends is closed, the other takes over what waits', async ({
  page,
  context,
  server,
}) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'the first tab sends');
  await expectShell(page);
  const other = await context.newPage();
  await other.goto('/');
  await openRoom(other, 'general');
  await server.kill();
  await composer(page).fill('left behind');
  await composer(page).press('Enter');
  await expectKept(page, 'left behind');
  await expect(message(other, 'left behind')).toHaveAttribute('data-state', 'pending');
  await page.close();
  await server.restart();
  await expect(message(other, 'left behind')).toHaveAttribute('data-state', SENT, {
    timeout: BACK_MS,
  });
  await post(other, 'the second tab sends');
  await expect(other.getByRole('article')).toContainText([
    'the first tab sends',
    'left behind',
    'the second tab sends',
  ]);
});
