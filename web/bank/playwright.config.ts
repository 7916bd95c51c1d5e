import { defineConfig } from '@playwright/test';

const dist = process.env.BANK_DIST;
const router = new URL(process.env.BANK_URL ?? 'http://bank.localhost:7000');
const port = process.env.BANK_PORT ?? '5173';
const own = dist ? `MAP ${router.host} 127.0.0.1:${port},` : '';

/**
 * The page in a real browser against a running bank. From the environment:
 * CHROMIUM (Debian's, where Playwright's own is not installed), BANK_URL (the router),
 * BANK_DIST (the built page, while the router does not serve it), BANK_LOGINS (demo-logins.json),
 * BANK_CONTROL (the `bulkhead` command), BANK_JOURNAL (prints the ledger), SCREENS (a folder),
 * WHOLE_BLOCK (runs `wholeBlock.spec.ts`), MOMENTS and SEED (of it).
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  testIgnore: [
    ...(process.env.SCREENS ? [] : ['screens*.spec.ts']),
    // A drill of a whole block's death: only when asked for, until it is known to pass.
    ...(process.env.WHOLE_BLOCK ? [] : ['wholeBlock.spec.ts']),
  ],
  timeout: 90_000,
  workers: 1,
  reporter: 'list',
  ...(dist ? { webServer: { command: 'node e2e/serve.mjs', port: Number(port) } } : {}),
  use: {
    browserName: 'chromium',
    baseURL: router.origin,
    actionTimeout: 45_000,
    video: 'off',
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-default-apps',
        '--disable-sync',
        '--no-first-run',
        `--host-resolver-rules=${own}MAP *.localhost 127.0.0.1`,
      ],
    },
  },
});
