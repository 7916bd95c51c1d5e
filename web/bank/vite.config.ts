import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Static files with hashed names under `assets/`; nothing is inlined: a strict CSP holds. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: false,
  },
});
