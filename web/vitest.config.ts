import { defineConfig } from 'vitest/config';

/** Unit tests only: browser tests need a running bank (`npm run test:browser`). */
export default defineConfig({ test: { include: ['*/test/**/*.test.ts'] } });
