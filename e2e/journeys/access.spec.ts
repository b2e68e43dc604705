// Every screen for everybody: by the accessibility tree, in German, with large text, on a narrow window, in the system's
// own colours, without motion, under a finger.
import type { Page } from '@playwright/test';

import { de } from '../../web/src/lib/words/de.ts';
import { en } from '../../web/src/lib/words/en.ts';
import { enlargeText, expectNothingCutOff, expectTargets } from '../support/access.ts';
import { expectNoSidewaysScroll, look } from '../support/look.ts';
import {
  ADA,
  PRATHMESH,
  composer,
  createRoom,
  generalOf,
  message,
  openRoom,
  say,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';
import { tour } from '../support/tour.ts';

// Many screens, each looked at.
test.setTimeout(240_000);

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('every screen is clean', async ({ page, server }, info) => {
    const theme = info.project.name === 'phone' ? 'dark' : 'light';
    await tour(page, server, de, async (screen) => {
      await look(page, info, `german-${screen}`, [theme]);
      await expectNoSidewaysScroll(page);
    });
  });
});

test('every screen fits 320 pixels', { tag: '@phone' }, async ({ page, server }) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await tour(page, server, en, async (screen) => {
    await page.screenshot({ path: `results/screens/narrow-${screen}.png` });
    await expectNoSidewaysScroll(page);
    await expectNothingCutOff(page, screen);
  });
});

test('every screen holds text twice as large', { tag: '@desktop' }, async ({ page, server }) => {
  await enlargeText(page, 200);
  await tour(page, server, en, async (screen) => {
    await page.screenshot({ path: `results/screens/large-${screen}.png` });
    await expectNoSidewaysScroll(page);
    await expectNothingCutOff(page, screen);
  });
});

test('what the system asks for is kept, and targets are large enough', async ({
  page,
  server,
}, info) => {
  const least = info.project.name === 'phone' ? 44 : 24;
  await page.emulateMedia({ forcedColors: 'active', contrast: 'more', reducedMotion: 'reduce' });
  const moving: string[] = [];
  await tour(page, server, en, async (screen) => {
    await page.screenshot({ path: `results/screens/forced-${screen}-${info.project.name}.png` });
    await expectTargets(page, least, screen);
    moving.push(...(await motionOn(page)).map((each) => `${screen}: ${each}`));
  });
  expect(moving, 'what moves where nothing should').toEqual([]);
  // What is chosen differs by more than a background, which the system takes away.
  const chosen = page.locator('.row[aria-current="page"]');
  if (await chosen.isVisible()) await expect(chosen).toHaveCSS('outline-style', 'solid');
});

/** What is animated for longer than a fade. */
function motionOn(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    document.getAnimations().flatMap((animation) => {
      const effect = animation.effect as KeyframeEffect;
      const { duration, iterations } = effect.getComputedTiming();
      const long = Number(duration) > 80 || iterations === Infinity;
      return long ? [`${effect.target?.className} ${String(duration)} ms`] : [];
    }),
  );
}

test('new messages are spoken, old ones and one’s own are not', async ({ page, server }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, token);
  await say(server, token, general, ['said long ago']);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await expect(message(page, 'said long ago')).toBeVisible();
  const spoken = page.getByTestId('spoken');
  await composer(page).fill('said by me');
  await page.getByRole('button', { name: 'Send message' }).click();
  await say(server, token, general, ['said just now']);
  await expect(spoken).toHaveText('Ada Lovelace: said just now');

  // What is said in another room is not spoken in this one, nor when one comes to it.
  await createRoom(page, 'quiet');
  await say(server, token, general, ['said elsewhere']);
  await openRoom(page, 'general');
  await expect(message(page, 'said elsewhere')).toBeVisible();
  await expect(spoken).toHaveText('');
});
