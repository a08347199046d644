// docs/publishing.md has one row for every fault of the list; what a row calls shown is there, under the words that it quotes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './support/server.mjs';

const rows = readFileSync(path.join(root, 'docs/publishing.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| B\d\d \|/.test(line))
  .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
  .map(([number, fault, how, where, mark]) => ({ number, fault, how, mark, places: [...where.matchAll(/`([^`]+)`(?:: ([^;]+))?/g)].map(([, file, words]) => ({ file, words: words?.trim() })) }));

test('the table has every fault once, in order', () => {
  assert.deepEqual(rows.map((row) => row.number), Array.from({ length: 45 }, (_, i) => `B${String(i + 1).padStart(2, '0')}`));
});

test('what is called shown is shown by a test that exists', (t) => {
  for (const { number, fault, mark, places } of rows) {
    const isShown = mark.startsWith('shown');
    assert.equal(places.length > 0, isShown, `${number}: a place for what is shown, none for what is not`);
    for (const { file, words } of places) {
      assert.ok(existsSync(path.join(root, file)), `${number}: ${file} is there`);
      if (words) assert.ok(readFileSync(path.join(root, file), 'utf8').includes(words), `${number}: ${file} has "${words}"`);
    }
    t.diagnostic(`proof: ${number} ${fault}: ${mark}${isShown ? ` (${places[0].file})` : ''}`);
  }
});
