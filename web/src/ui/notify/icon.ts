// The page's icon, drawn anew when something waits: a dot for unread, a number for what is meant for me. An SVG in a
// data URL, which the server's policy allows for pictures.
import type { Waiting } from './waiting';

const TEAL = '#006c74';
const PAPER = '#fdfcfa';
const AMBER = '#ffc247';
const INK = '#1b1e24';

const mark =
  `<rect width="32" height="32" rx="9.6" fill="${TEAL}"/>` +
  `<path d="M9 25V14.5A7.5 7.5 0 1 1 16.5 22H14Z" fill="${PAPER}"/><circle cx="16.5" cy="14.5" r="3" fill="${TEAL}"/>`;
/** At 16 pixels a ring of the icon's own colour keeps the sign apart from the mark. */
const dot = `<circle cx="25" cy="25" r="6.5" fill="${PAPER}" stroke="${TEAL}" stroke-width="3"/>`;

function number(n: number): string {
  const text = n > 9 ? '9+' : String(n);
  const width = n > 9 ? 23 : 18;
  const x = 32 - width;
  return (
    `<rect x="${x}" y="13" width="${width}" height="19" rx="8" fill="${AMBER}" stroke="${TEAL}" stroke-width="2"/>` +
    `<text x="${x + width / 2}" y="28" fill="${INK}" text-anchor="middle" font-size="16" font-weight="700"` +
    ` font-family="system-ui,sans-serif">${text}</text>`
  );
}

/** Null: nothing waits, and the file of the page will do. */
export function iconOf({ calls, unread }: Waiting): string | null {
  const sign = calls > 0 ? number(calls) : unread ? dot : '';
  if (!sign) return null;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${mark}${sign}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const FILE = '/favicon.svg';

/** Shows it in the tab and, where the page is installed, on its icon. */
export function showWaiting(waiting: Waiting): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = iconOf(waiting) ?? FILE;
  if (link && link.getAttribute('href') !== href) link.href = href;
  // Both are missing in some browsers, and may be refused where the page is not installed: nothing is lost then.
  const { setAppBadge, clearAppBadge } = navigator as Partial<Navigator>;
  const told = waiting.unread
    ? setAppBadge?.call(navigator, waiting.calls || undefined)
    : clearAppBadge?.call(navigator);
  told?.catch(() => {});
}
