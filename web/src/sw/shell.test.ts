import { beforeEach, describe, expect, test } from 'vitest';
import { Shell, type Files } from './shell';

const HERE = 'https://chat.example';

/** Caches as far as they are used: by path, one map a name. */
class FakeCaches {
  readonly all = new Map<string, Map<string, string>>();

  async keys() {
    return [...this.all.keys()];
  }
  async delete(name: string) {
    return this.all.delete(name);
  }
  async open(name: string) {
    const kept = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, kept);
    return {
      addAll: async (requests: readonly Request[]) => {
        for (const { url } of requests) kept.set(pathOf(url), (await world.fetch(new Request(url))).text);
      },
      match: async (asked: string | Request) => answer(kept.get(pathOf(asked))),
    };
  }
  async match(asked: Request) {
    const found = [...this.all.values()].find((kept) => kept.has(pathOf(asked)));
    return answer(found?.get(pathOf(asked)));
  }
}
const pathOf = (asked: string | Request) =>
  new URL(typeof asked === 'string' ? asked : asked.url, HERE).pathname;
const answer = (text: string | undefined, status = 200) =>
  text === undefined ? undefined : { text, status };

/** A server, its files, and the tabs that are open. */
const world = {
  caches: new FakeCaches(),
  files: new Map<string, string>(),
  status: 200,
  away: false,
  slow: false,
  tabs: [] as string[],
  asked: [] as string[],
  async fetch(request: Request): Promise<{ text: string; status: number }> {
    world.asked.push(pathOf(request));
    if (world.slow) await new Promise(() => {});
    if (world.away) throw new TypeError('no network');
    const text = world.files.get(pathOf(request)) ?? world.files.get('/') ?? '';
    return { text, status: world.status };
  },
};

class FakeRequest {
  readonly url: string;
  readonly method: string;
  readonly mode: string;
  constructor(url: string, { method = 'GET', mode = 'cors' }: { method?: string; mode?: string } = {}) {
    this.url = new URL(url, HERE).href;
    this.method = method;
    this.mode = mode;
  }
}

const shellOf = (version: string) => {
  const files: Files = { version, hashed: [`/assets/app-${version}.js`], plain: ['/favicon.svg'] };
  world.files = new Map([
    ['/', `page ${version}`],
    [`/assets/app-${version}.js`, `script ${version}`],
    ['/favicon.svg', 'icon'],
  ]);
  return new Shell({
    files,
    caches: world.caches as never,
    fetch: world.fetch as never,
    openScripts: async () => world.tabs,
    wait: async () => {},
  });
};
const ask = async (shell: Shell, path: string, how: object = {}) => {
  const found = await shell.answer(new FakeRequest(path, how) as never, HERE);
  return found && (found as unknown as { text: string }).text;
};
const visit = (shell: Shell, path: string) => ask(shell, path, { mode: 'navigate' });

beforeEach(() => {
  globalThis.Request = FakeRequest as never;
  world.caches = new FakeCaches();
  Object.assign(world, { status: 200, away: false, slow: false, tabs: [], asked: [] });
});

describe('the page', () => {
  test('comes from the server; where that is away, slow or broken, from what is kept', async () => {
    const shell = shellOf('1');
    await shell.install();
    world.files.set('/', 'page of today');
    const racing = new Shell({
      ...(shell as never as { around: object }).around,
      wait: () => new Promise(() => {}),
    } as never);
    expect(await visit(racing, '/r/abc/7')).toBe('page of today');
    world.status = 502;
    expect(await visit(racing, '/r/abc/7')).toBe('page 1');
    Object.assign(world, { status: 200, away: true });
    expect(await visit(racing, '/')).toBe('page 1');
    Object.assign(world, { away: false, slow: true });
    expect(await visit(shell, '/')).toBe('page 1');
  });

  test('is not what the interface of programs is answered with', async () => {
    const shell = shellOf('1');
    await shell.install();
    for (const path of ['/api/v1/me', '/ws', '/livez', '/metrics'])
      expect(await visit(shell, path)).toBe(null);
    expect(await ask(shell, '/api/v1/rooms')).toBe(null);
    expect(await ask(shell, '/assets/app-1.js', { method: 'POST' })).toBe(null);
    expect(await ask(shell, 'https://elsewhere.example/assets/app-1.js')).toBe(null);
  });
});

describe('an update', () => {
  test('leaves an open tab its files, and lets go of them once that is closed', async () => {
    await shellOf('1').install();
    world.tabs = [`${HERE}/assets/app-1.js`];
    const next = shellOf('2');
    await next.install();
    await next.clean();
    world.away = true;
    expect(await ask(next, '/assets/app-1.js')).toBe('script 1');
    expect(await visit(next, '/')).toBe('page 2');
    world.tabs = [`${HERE}/assets/app-2.js`];
    await next.clean();
    expect(await world.caches.keys()).toEqual(['parlor-shell-2']);
    await expect(ask(next, '/assets/app-1.js')).rejects.toThrow('no network');
  });

  test('touches nothing that is not of ours', async () => {
    await world.caches.open('somebody-else');
    const shell = shellOf('1');
    await shell.install();
    await shell.clean();
    expect(await world.caches.keys()).toContain('somebody-else');
  });
});
