// Detection power: every bug of planted_bugs.json is put into a copy of its file, the simulation is linked with it and must say
// what the bug breaks within 1,000 seeds. A suite that does not see planted bugs proves nothing.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { plant } from '../scenario/support/plant.mjs';
import { show, simulate } from './support.mjs';

const seeds = 1000;
const bugs = JSON.parse(await readFile(new URL('./planted_bugs.json', import.meta.url), 'utf8'));
const caught = new Map();

// "broken at seed 12: duplicated: delivery 3 …"
function judged(stdout) {
  const line = stdout.trim().split('\n').at(-1);
  const [, seed, verdict] = line.match(/^broken at seed (\d+): ([^:]*)/) ?? [];
  return { seed: Number(seed), verdict, line };
}

describe('planted bugs', { concurrency: 2 }, () => {
  for (const [number, bug] of bugs.entries()) {
    test(`is caught: ${bug.name}`, { timeout: 600_000 }, async () => {
      const program = await plant(bug, 'postmypost-sim', `planted/${number}`);
      const { code, stdout } = await simulate(['--seeds', String(seeds), '--quiet'], program);
      assert.notEqual(code, 0, `not seen within ${seeds} seeds: ${bug.breaks}`);
      const { seed, verdict, line } = judged(stdout);
      assert.ok(seed <= seeds, `ended without a verdict: ${code} ${line}`);
      caught.set(bug.name, { seed, verdict });
      assert.ok([bug.breaks].flat().includes(verdict), `expected ${JSON.stringify(bug.breaks)}, got "${line}"`);
    });
  }
});

test('all of them are seen', (t) => {
  const rows = bugs.map(({ name }) => [name, caught.get(name)?.seed ?? '–', caught.get(name)?.verdict ?? 'NOT SEEN']);
  show(t, [['planted bug', 'seeds', 'verdict'], ...rows]);
  assert.equal(caught.size, bugs.length);
});
