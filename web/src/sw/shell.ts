// What the service worker keeps and how it answers: the shell of the page, so that the page opens without a network. Of
// what people say it keeps nothing; that is the page's own database.
//
// Promises: the page itself comes from the server where the server answers soon, so an update is there at the next load.
// The files of a version are kept as long as any tab runs that version, so an update never breaks an open tab; then they go.
// Nothing but GET of our own files is touched.

/** Filled in when the page is built. */
export interface Files {
  /** Changes with any byte of any file. */
  version: string;
  /** Paths whose names change with their content. */
  hashed: readonly string[];
  /** Others that the page wants. */
  plain: readonly string[];
}
export interface Surroundings {
  files: Files;
  caches: CacheStorage;
  fetch(request: Request): Promise<Response>;
  /** A script of each open tab's version: each tab holds a lock that is named after it. */
  openScripts(): Promise<readonly string[]>;
  wait(ms: number): Promise<void>;
}

const PREFIX = 'parlor-shell-';
/** How a tab says which version it runs. */
export const PAGE_LOCK = 'parlor-page ';
/** The page: every address of ours is answered with it. */
const PAGE = '/';
/** A server that takes longer is as good as away: the kept page opens, and asks it again by itself. */
export const DEADLINE_MS = 800;
/** Addresses that are no pages. */
const NOT_PAGES = /^\/(api|ws|livez|readyz|metrics)(\/|$)/;

export class Shell {
  readonly #name: string;

  constructor(private readonly around: Surroundings) {
    this.#name = PREFIX + around.files.version;
  }

  /** Fetches everything; all of it or nothing. */
  async install(): Promise<void> {
    const { caches, files } = this.around;
    const cache = await caches.open(this.#name);
    const fresh = [PAGE, ...files.plain].map((path) => new Request(path, { cache: 'reload' }));
    await cache.addAll([...fresh, ...files.hashed.map((path) => new Request(path))]);
  }

  /** Lets go of versions that no tab runs any more. */
  async clean(): Promise<void> {
    const { caches } = this.around;
    const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== this.#name);
    if (others.length === 0) return;
    const scripts = await this.around.openScripts();
    for (const name of others) {
      const cache = await caches.open(name);
      const found = await Promise.all(scripts.map((script) => cache.match(script, { ignoreVary: true })));
      if (!found.some(Boolean)) await caches.delete(name);
    }
  }

  /** Null: not ours to answer. */
  answer(request: Request, origin: string): Promise<Response> | null {
    const { pathname, origin: asked } = new URL(request.url);
    if (request.method !== 'GET' || asked !== origin) return null;
    if (request.mode === 'navigate') return NOT_PAGES.test(pathname) ? null : this.#page(request);
    const { hashed, plain } = this.around.files;
    return hashed.includes(pathname) || plain.includes(pathname) || pathname.startsWith('/assets/')
      ? this.#file(request)
      : null;
  }

  async #page(request: Request): Promise<Response> {
    const late = this.around.wait(DEADLINE_MS).then(() => null);
    const asked = this.around.fetch(request).catch(() => null);
    const fresh = await Promise.race([asked, late]);
    // A proxy in front of a server that is away has nothing to show either.
    if (fresh && fresh.status < 500) return fresh;
    const cache = await this.around.caches.open(this.#name);
    const kept = await cache.match(PAGE, { ignoreVary: true });
    return kept ?? fresh ?? (await asked) ?? Response.error();
  }

  async #file(request: Request): Promise<Response> {
    const kept = await this.around.caches.match(request, { ignoreVary: true });
    return kept ?? this.around.fetch(request);
  }
}
