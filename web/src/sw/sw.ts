// The service worker: what the browser calls, handed to shell.ts.
/// <reference lib="webworker" />
import { PAGE_LOCK, Shell, type Files } from './shell';

declare const self: ServiceWorkerGlobalScope;
/** Put in by vite.config.ts. */
declare const __SHELL__: Files;

const shell = new Shell({
  files: __SHELL__,
  caches,
  fetch: (request) => fetch(request),
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  openScripts: async () => {
    const { held = [] } = await navigator.locks.query();
    return held.flatMap(({ name = '' }) =>
      name.startsWith(PAGE_LOCK) ? [name.slice(PAGE_LOCK.length)] : [],
    );
  },
});

self.addEventListener('install', (event) => {
  // At once: open tabs find the files of their own version still there.
  event.waitUntil(shell.install().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim().then(() => shell.clean()));
});

self.addEventListener('fetch', (event) => {
  const answer = shell.answer(event.request, self.location.origin);
  if (!answer) return;
  event.respondWith(answer);
  if (event.request.mode === 'navigate') event.waitUntil(answer.then(() => shell.clean()));
});
