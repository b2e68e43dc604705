// What a screen must be for people who see, point or read differently: measured in the page itself.
import { type Page, expect } from '@playwright/test';

const ACTING = 'a[href], button, input, textarea, select, summary, [role="button"], [tabindex="0"]';

/**
 * Every target in sight is at least so many pixels wide and high (WCAG 2.5.8). What is drawn smaller may still take
 * the finger around it; what stands in the middle of a sentence is excepted, as is what a label stands for.
 */
export async function expectTargets(page: Page, least: number, screen: string): Promise<void> {
  const small = await page.evaluate(
    ({ acting, least }) => {
      const takes = (element: Element, x: number, y: number): boolean => {
        const hit = document.elementFromPoint(x, y);
        return hit !== null && (element.contains(hit) || hit.closest('label')?.control === element);
      };
      return [...document.querySelectorAll<HTMLElement>(acting)].flatMap((element) => {
        const box = (element.closest('label') ?? element).getBoundingClientRect();
        const style = getComputedStyle(element);
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        if (box.width === 0 || box.height === 0 || style.visibility === 'hidden') return [];
        if (style.pointerEvents === 'none' || !takes(element, x, y)) return []; // covered, or out of sight
        if (style.display === 'inline' && element.closest('p')) return [];
        // Within a sentence; and the name above one, beside the face that does the same (WCAG 2.5.8: equivalent).
        if (element.closest('.message__text') || (least > 24 && element.closest('.message__head'))) return [];
        const reach = (dx: number, dy: number): number => {
          let far = 0;
          while (far < least && takes(element, x + dx * (far + 1), y + dy * (far + 1))) far += 1;
          return far;
        };
        const wide = box.width >= least || reach(-1, 0) + reach(1, 0) + 1 >= least - 1;
        const high = box.height >= least || reach(0, -1) + reach(0, 1) + 1 >= least - 1;
        if (wide && high) return [];
        const name = element.ariaLabel ?? element.textContent?.trim().slice(0, 30);
        return [`${element.tagName} "${name}" ${Math.round(box.width)}×${Math.round(box.height)}`];
      });
    },
    { acting: ACTING, least },
  );
  expect.soft(small, `targets under ${least} px on ${screen}`).toEqual([]);
}

/** What hides in a box that does not scroll, while it can be reached by keyboard: cut off, and nobody sees it. */
export async function expectNothingCutOff(page: Page, screen: string): Promise<void> {
  const cut = await page.evaluate((acting) => {
    const seen = (element: HTMLElement): boolean => {
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const { x, y, width, height } = element.getBoundingClientRect();
      if (width === 0 || height === 0) return true;
      return x >= -1 && y >= -1 && x + Math.min(width, 24) <= innerWidth + 1 && y + Math.min(height, 24) <= innerHeight + 1;
    };
    return [...document.querySelectorAll<HTMLElement>(acting)]
      .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .filter((element) => !element.closest('.sr-only, .skip'))
      .filter((element) => !seen(element))
      .map((element) => element.ariaLabel ?? element.textContent?.trim().slice(0, 30) ?? element.tagName);
  }, ACTING);
  expect.soft(cut, `cut off on ${screen}`).toEqual([]);
}

/** A reader's own text size, as the browser's settings have it, on every page from now on. */
export async function enlargeText(page: Page, percent: number): Promise<void> {
  await page.addInitScript((size) => {
    addEventListener('DOMContentLoaded', () => {
      document.documentElement.style.fontSize = size;
    });
  }, `${percent}%`);
}

/** Where the focus is, as a person would be told; null: nowhere, it was lost. */
export function focusedName(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return null;
    return at.getAttribute('aria-label') ?? at.textContent?.trim() ?? at.tagName;
  });
}
