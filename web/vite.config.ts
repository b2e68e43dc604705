// How the page is built and served in development. The build must satisfy the server's policy: no inline script or
// style, nothing from another origin, every asset under a name that changes with its content.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { build, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.PARLOR_DEV_SERVER ?? 'http://127.0.0.1:8080';
// The server accepts only its own Host and Origin, so the proxy speaks as if the page had come from there.
const proxy = { target: server, changeOrigin: true, headers: { origin: server } };

const target = ['chrome123', 'firefox128', 'safari17.5']; // light-dark() and nesting as written

/** Builds the service worker last, by itself, with the list of all files that it keeps. */
function serviceWorker(): Plugin {
  return {
    name: 'parlor-service-worker',
    apply: 'build',
    async closeBundle() {
      const dist = join(import.meta.dirname, 'dist');
      const entries = readdirSync(dist, { recursive: true, withFileTypes: true });
      const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
      const hash = createHash('sha256');
      for (const file of files.sort()) hash.update(file.slice(dist.length)).update(readFileSync(file));
      const paths = files.map((file) => `/${relative(dist, file).split(sep).join('/')}`);
      const shell = {
        version: hash.digest('hex').slice(0, 16),
        hashed: paths.filter((path) => path.startsWith('/assets/')),
        plain: paths.filter((path) => !path.startsWith('/assets/') && path !== '/index.html'),
      };
      await build({
        configFile: false,
        publicDir: false,
        logLevel: 'warn',
        define: { __SHELL__: JSON.stringify(shell) },
        build: {
          ...{ outDir: 'dist', emptyOutDir: false, target },
          rollupOptions: { input: 'src/sw/sw.ts', output: { format: 'iife', entryFileNames: 'sw.js' } },
        },
      });
    },
  };
}

export default defineConfig({
  plugins: [svelte(), svelteTesting(), serviceWorker()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    assetsInlineLimit: 0, // a data: URL would need a hole in the policy
    modulePreload: { polyfill: false },
    target,
    sourcemap: false,
  },
  worker: { format: 'es' },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': proxy, '/ws': { ...proxy, ws: true } },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node', // a test that needs a document says `// @vitest-environment jsdom` in its first line
    restoreMocks: true,
  },
});
