// The table of planted bugs in docs/publishing.md, made from the lists of the simulation and of the scenario tests.
//   node tests/simulation/planted_table.mjs            fails when the document has another table
//   node tests/simulation/planted_table.mjs --write    puts it there
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const document = path.resolve(import.meta.dirname, '../../docs/publishing.md');
const [begin, end] = ['<!-- planted bugs -->\n', '<!-- end of planted bugs -->\n'];

const listed = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
const bugs = [...listed('./planted_bugs.json'), ...listed('../scenario/planted_bugs.json')];
const rows = bugs.map(({ name, file, breaks, seen_by }, i) =>
  `| ${i + 1} | ${name} | \`${file}\` | ${[breaks].flat().join('; ')} | ${seen_by ? `\`${seen_by}\`` : 'simulation'} |`);
const table = ['| | bug | planted in | what it breaks | seen by |', '| --- | --- | --- | --- | --- |', ...rows, ''].join('\n');

const text = readFileSync(document, 'utf8');
const [before, rest] = text.split(begin);
const [old, after] = rest.split(end);
if (process.argv[2] === '--write') {
  writeFileSync(document, before + begin + table + end + after);
} else if (old !== table) {
  console.error('docs/publishing.md has another table: node tests/simulation/planted_table.mjs --write');
  process.exitCode = 1;
}
