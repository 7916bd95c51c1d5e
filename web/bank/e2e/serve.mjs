/**
 * The built page at the router's address, while the router does not serve it itself: files from
 * BANK_DIST as the router is to send them, everything else passed on to the router. The browser is
 * told to find the router's name here (playwright.config.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';

const dist = process.env.BANK_DIST ?? 'dist';
const router = new URL(process.env.BANK_URL ?? 'http://bank.localhost:7000');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  `connect-src 'self' http://*.my.bank.localhost:*; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'";

createServer((asked, answer) => {
  const { pathname } = new URL(asked.url ?? '/', router);
  if (/^\/(v1|problems|livez|readyz)(\/|$)/.test(pathname)) {
    const passed = request(
      {
        host: '127.0.0.1',
        port: router.port,
        path: asked.url,
        method: asked.method,
        headers: asked.headers,
      },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      },
    );
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
    return;
  }
  const wanted = join(dist, normalize(pathname));
  const isFile = extname(wanted) !== '' && existsSync(wanted);
  const path = isFile ? wanted : join(dist, 'index.html');
  const hashed = pathname.startsWith('/assets/');
  if (hashed && !isFile) {
    answer.writeHead(404).end();
    return;
  }
  answer.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': POLICY,
  });
  answer.end(readFileSync(path));
}).listen(Number(process.env.BANK_PORT ?? 5173), '127.0.0.1');
