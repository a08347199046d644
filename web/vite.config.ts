import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `npm run dev` proxies to a running server: POSTMYPOST_SERVER=http://127.0.0.1:8080 npm run dev
const server = process.env.POSTMYPOST_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: { $app: '/src/app', $lib: '/src/lib', $ui: '/src/ui/index.ts' },
    // Without it vitest takes Svelte's server build and components can't be mounted.
    ...(process.env.VITEST ? { conditions: ['browser'] } : {}),
  },
  build: {
    target: 'es2022',
    // light-dark() and nesting stay as written: every browser of the last two years knows them.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0, // the policy allows fonts and styles from 'self' only
    manifest: true,
    sourcemap: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/api', '/files'].map((path) => [path, server])),
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    setupFiles: ['tests/prepare.ts'],
    restoreMocks: true,
  },
});
