// Every screen for everybody: by the accessibility tree, in German, with large text, on a narrow window, in the system's
// own colours, without motion, under a finger.
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

// Many screens, each looked at more than once.
test.setTimeout(300_000);

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('every screen is clean, in both themes', async ({ page, server }, info) => {
    await tour(page, server, de, async (screen) => {
      await look(page, info, `german-${screen}`);
      await expectNoSidewaysScroll(page);
    });
  });
});

test('every screen fits 320 pixels', async ({ page, server }) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await tour(page, server, en, async (screen) => {
    await page.screenshot({ path: `results/screens/narrow-${screen}.png` });
    await expectNoSidewaysScroll(page);
    await expectNothingCutOff(page, screen);
  });
});

test('every screen holds text twice as large', async ({ page, server }, info) => {
  await enlargeText(page, 200);
  await tour(page, server, en, async (screen) => {
    await page.screenshot({ path: `results/screens/large-${screen}-${info.project.name}.png` });
    await expectNoSidewaysScroll(page);
    await expectNothingCutOff(page, screen);
  });
});

test('every target is large enough for who points at it', async ({ page, server }, info) => {
  const least = info.project.name === 'phone' ? 44 : 24;
  await tour(page, server, en, (screen) => expectTargets(page, least, screen));
});

test('the system’s own colours, and its wish for contrast, are kept', async ({ page, server }, info) => {
  await page.emulateMedia({ forcedColors: 'active', contrast: 'more', reducedMotion: 'reduce' });
  await tour(page, server, en, async (screen) => {
    await page.screenshot({ path: `results/screens/forced-${screen}-${info.project.name}.png` });
  });
  // What is on and what is chosen differ by more than a background, which the system takes away.
  const outline = (of: string) =>
    page.locator(of).first().evaluate((element) => getComputedStyle(element).outlineStyle);
  if (await page.locator('.row[aria-current="page"]').isVisible()) {
    expect(await outline('.row[aria-current="page"]')).toBe('solid');
  }
});

test('without motion nothing moves', async ({ page, server }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving: string[] = [];
  await tour(page, server, en, async (screen) => {
    const found = await page.evaluate(() =>
      document.getAnimations().flatMap((animation) => {
        const effect = animation.effect as KeyframeEffect;
        const { duration, iterations } = effect.getComputedTiming();
        const long = Number(duration) > 80 || iterations === Infinity;
        return long ? [`${effect.target?.className} ${String(duration)}`] : [];
      }),
    );
    moving.push(...found.map((each) => `${screen}: ${each}`));
  });
  expect(moving).toEqual([]);
});

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
