// What the page does where nobody looks at it: hidden, and the notifications that it raises.
import type { Page } from '@playwright/test';

export interface Raised {
  title: string;
  body: string;
  tag: string;
  renotify: boolean;
  closed: boolean;
}

/** Grants the permission and keeps account of what is raised. Call before the page is opened. */
export async function watchNotifications(page: Page): Promise<void> {
  await page.context().grantPermissions(['notifications']);
  await page.addInitScript(() => {
    const raised: Notification[] = [];
    const account: Raised[] = [];
    Object.assign(window, { raised, account });
    window.Notification = new Proxy(Notification, {
      construct(target, [title, options = {}]: [string, NotificationOptions & { renotify?: boolean }]) {
        const notification = new target(title, options);
        const { body = '', tag = '', renotify = false } = options;
        const entry = { title, body, tag, renotify, closed: false };
        const close = notification.close.bind(notification);
        notification.close = () => {
          entry.closed = true;
          close();
        };
        raised.push(notification);
        account.push(entry);
        return notification;
      },
    });
  });
}

/** All notifications this page has raised, the oldest first. */
export function raised(page: Page): Promise<Raised[]> {
  return page.evaluate(() => (window as unknown as { account: Raised[] }).account);
}

/** A click on the newest one. */
export async function clickNotification(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { raised } = window as unknown as { raised: Notification[] };
    raised.at(-1)?.dispatchEvent(new Event('click'));
  });
}

/** Hides the page, or shows it again, as far as it can tell: the driver itself keeps every page visible. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden ? 'hidden' : 'visible');
}
