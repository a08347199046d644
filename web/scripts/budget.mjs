// Fails the build when the first load grows past its budget or a built file names a foreign address.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const gzip = (file) => gzipSync(readFileSync(join(dist, file))).length;

const first = new Set();
const follow = (key) => {
  const chunk = manifest[key];
  if (!chunk || first.has(chunk.file)) return;
  first.add(chunk.file);
  (chunk.imports ?? []).forEach(follow);
};
follow('index.html');
// What a first visit loads beside the entry: one language.
const locale = Object.keys(manifest).find((key) => key.endsWith('locales/ru.ts'));
if (locale) follow(locale);

const limit = 90_000;
const bytes = [...first].filter((file) => file.endsWith('.js')).reduce((sum, file) => sum + gzip(file), 0);
console.log(`first load: ${(bytes / 1000).toFixed(1)} kB gzip of JavaScript (budget ${limit / 1000})`);

// Namespaces and the addresses shown to people are data, not requests.
const known =
  /^https?:\/\/(www\.w3\.org|svelte\.dev|t\.me|bsky\.app|mastodon\.social|127\.0\.0\.1|localhost|[\w.-]*example(\.\w+)?)\b/;
const foreign = [];
for (const name of readdirSync(join(dist, 'assets')).filter((file) => /\.(js|css)$/.test(file))) {
  for (const [address] of readFileSync(join(dist, 'assets', name), 'utf8').matchAll(/https?:\/\/[\w.-]+/g)) {
    if (!known.test(address)) foreign.push(`${name}: ${address}`);
  }
}
if (foreign.length) console.error(`foreign addresses in the build:\n  ${foreign.join('\n  ')}`);
if (bytes > limit || foreign.length) process.exit(1);
