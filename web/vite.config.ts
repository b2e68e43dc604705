// How the page is built and served in development. The build must satisfy the server's policy: no inline script or
// style, nothing from another origin, every asset under a name that changes with its content.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

const server = process.env.PARLOR_DEV_SERVER ?? 'http://127.0.0.1:8080';
// The server accepts only its own Host and Origin, so the proxy speaks as if the page had come from there.
const proxy = { target: server, changeOrigin: true, headers: { origin: server } };

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    assetsInlineLimit: 0, // a data: URL would need a hole in the policy
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox128', 'safari17.5'], // light-dark() and nesting as written,
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
