// A screen as people see it in both themes: judged by axe, and kept as a picture to
// be looked at in results/screens.
import { AxeBuilder } from '@axe-core/playwright';
import { type Page, type TestInfo, expect } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Fails where axe finds anything on this screen, in any of the themes. */
export async function look(
  page: Page,
  test: TestInfo,
  screen: string,
  themes: readonly ('light' | 'dark')[] = ['light', 'dark'],
): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const path = `results/screens/${screen}-${test.project.name}-${colorScheme}.png`;
    await page.screenshot({ path, animations: 'disabled' });
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`),
    );
    expect(found, `axe on ${screen}, ${colorScheme}`).toEqual([]);
  }
}

/** Nothing may be wider than the window: a phone must not scroll sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const excess = await page.evaluate(() => {
    const root = document.documentElement;
    return root.scrollWidth - root.clientWidth;
  });
  expect(excess, 'pixels wider than the window').toBeLessThanOrEqual(0);
}
