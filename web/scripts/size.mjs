// The budget of the first load: what index.html names, what those scripts import at once, and the Worker. Chunks that are
// loaded later do not count. Run after `npm run build`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = { js: 120_000, css: 20_000 };
const dist = new URL('../dist/', import.meta.url).pathname;

const page = readFileSync(join(dist, 'index.html'), 'utf8');
const found = new Set([...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((m) => m[1]));
for (const name of readdirSync(join(dist, 'assets'))) {
  if (/\.worker-[\w-]+\.js$/.test(name)) found.add(`assets/${name}`);
}
for (const file of found) {
  if (!file.endsWith('.js')) continue;
  const code = readFileSync(join(dist, file), 'utf8');
  // `import … from"./x.js"` and `import"./x.js"`, not `import("./x.js")`.
  for (const [, name] of code.matchAll(/(?:\bfrom|\bimport)\s*"(\.\/[^"]+\.js)"/g)) {
    found.add(join(dirname(file), name));
  }
}

let failed = false;
for (const kind of ['js', 'css']) {
  const files = [...found].filter((file) => file.endsWith(`.${kind}`));
  const sizes = files.map((file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const over = total > BUDGET[kind];
  failed ||= over || total === 0;
  console.log(`${kind}: ${total} of ${BUDGET[kind]} bytes gzip${over ? ' — too much' : ''}`);
  files.forEach((file, i) => console.log(`  ${String(sizes[i]).padStart(7)} ${file}`));
}
process.exitCode = failed ? 1 : 0;
