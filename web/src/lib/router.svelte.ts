// Where the reader is: a router over the history, no more than our few places need. A change of place moves the focus to
// where one goes on (`data-route-focus`: the box, in a room), else to the heading of what is shown, as a page load would.
import { tick } from 'svelte';

export type Route =
  | { name: 'home' }
  | { name: 'room'; room: string; seq: number | null }
  | { name: 'sign-in' }
  /** The secrets of links stand in the fragment, which no server ever sees. */
  | { name: 'claim'; secret: string }
  | { name: 'invite'; secret: string }
  | { name: 'not-found' };

export const paths = {
  home: '/',
  signIn: '/sign-in',
  room: (room: string, seq?: number) => `/r/${encodeURIComponent(room)}${seq === undefined ? '' : `/${seq}`}`,
};

export function parseRoute(pathname: string, hash: string): Route {
  const parts = pathname.split('/').filter(Boolean);
  const [first, room, seq] = parts;
  const secret = hash.replace(/^#/, '');
  if (parts.length === 0) return { name: 'home' };
  if (parts.length === 1 && first === 'sign-in') return { name: 'sign-in' };
  if (parts.length === 1 && (first === 'claim' || first === 'invite')) return { name: first, secret };
  if (first === 'r' && room && parts.length <= 3 && (seq === undefined || /^[1-9]\d{0,15}$/.test(seq))) {
    try {
      return { name: 'room', room: decodeURIComponent(room), seq: seq === undefined ? null : Number(seq) };
    } catch {
      return { name: 'not-found' };
    }
  }
  return { name: 'not-found' };
}

class Router {
  #route = $state.raw<Route>({ name: 'home' });

  get route(): Route {
    return this.#route;
  }

  /** Reads the address and follows it from now on. Returns how to stop. */
  start(): () => void {
    this.#read();
    const pop = () => this.#arrive();
    const click = (event: MouseEvent) => this.#click(event);
    window.addEventListener('popstate', pop);
    window.addEventListener('hashchange', pop);
    document.addEventListener('click', click);
    return () => {
      window.removeEventListener('popstate', pop);
      window.removeEventListener('hashchange', pop);
      document.removeEventListener('click', click);
    };
  }

  /** `replace`: without a step in the history to come back to. `focus: false` leaves the focus where it is. */
  go(path: string, { replace = false, focus = true } = {}): void {
    if (path !== location.pathname + location.hash)
      history[replace ? 'replaceState' : 'pushState'](null, '', path);
    this.#read();
    if (focus) void this.#focusHeading();
  }

  #read(): void {
    this.#route = parseRoute(location.pathname, location.hash);
  }

  #arrive(): void {
    this.#read();
    void this.#focusHeading();
  }

  async #focusHeading(): Promise<void> {
    await tick();
    const first = ['[data-route-focus]', '[data-route-heading]', 'h1'].flatMap(
      (selector) => document.querySelector<HTMLElement>(selector) ?? [],
    );
    first[0]?.focus({ preventScroll: true });
  }

  /** A plain click on a link of ours is a step here; every other click is the browser's. */
  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link?.href || link.target || link.hasAttribute('download') || link.origin !== location.origin)
      return;
    if (parseRoute(link.pathname, link.hash).name === 'not-found') return;
    event.preventDefault();
    this.go(link.pathname + link.hash);
  }
}

export const router = new Router();
