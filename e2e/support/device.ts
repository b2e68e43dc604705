// What the page keeps in the browser, looked at from outside.
import { type Page, expect } from '@playwright/test';

/** Waits until this text is among what the browser keeps of the page: messages, or what waits to be sent. */
export async function expectKept(page: Page, text: string): Promise<void> {
  await expect.poll(() => keptIn(page, ['windows', 'outbox']), 'what is kept').toContain(text);
}

/** Everything in some of the database's stores, as JSON. */
export function keptIn(page: Page, stores: readonly string[]): Promise<string> {
  return page.evaluate(async (stores) => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open('parlor'));
    const names = stores.filter((name) => database.objectStoreNames.contains(name));
    const all = names.map((name) => done(database.transaction(name).objectStore(name).getAll()));
    const found = JSON.stringify(await Promise.all(all));
    database.close();
    return found;
  }, stores);
}

/** Puts a record into a store, over whatever stands there. */
export function putInto(page: Page, store: string, record: object): Promise<void> {
  return page.evaluate(
    ({ store, record }) =>
      new Promise<void>((resolve, reject) => {
        const opened = indexedDB.open('parlor');
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const writing = opened.result.transaction(store, 'readwrite');
          writing.objectStore(store).put(record);
          writing.oncomplete = () => {
            opened.result.close();
            resolve();
          };
          writing.onerror = () => reject(writing.error);
        };
      }),
    { store, record },
  );
}

/** Waits until the page could be opened without a network. */
export async function expectShell(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null))
    .toBe(true);
}
