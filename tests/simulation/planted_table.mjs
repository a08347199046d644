// The table of planted bugs in docs/publishing.md, made from planted_bugs.json.
//   node tests/simulation/planted_table.mjs            fails when the document has another table
//   node tests/simulation/planted_table.mjs --write    puts it there
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const document = path.resolve(import.meta.dirname, '../../docs/publishing.md');
const [begin, end] = ['<!-- planted bugs -->\n', '<!-- end of planted bugs -->\n'];

const bugs = JSON.parse(readFileSync(new URL('./planted_bugs.json', import.meta.url), 'utf8'));
const rows = bugs.map(({ name, file, breaks }, i) => `| ${i + 1} | ${name} | \`${file}\` | ${[breaks].flat().join('; ')} |`);
const table = ['| | bug | planted in | the verdict |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');

const text = readFileSync(document, 'utf8');
const [before, rest] = text.split(begin);
const [old, after] = rest.split(end);
if (process.argv[2] === '--write') {
  writeFileSync(document, before + begin + table + end + after);
} else if (old !== table) {
  console.error('docs/publishing.md has another table: node tests/simulation/planted_table.mjs --write');
  process.exitCode = 1;
}
