// Detection power: every bug of planted_bugs.json is put into a copy of its file, the simulator is linked with it, and must notice
// within 1,000 seeds. A suite that does not see planted bugs proves nothing.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { plant } from '../scenario/support/plant.mjs';

const run = promisify(execFile);
const seeds = 1000;
const bugs = JSON.parse(await readFile(new URL('./planted_bugs.json', import.meta.url), 'utf8'));
describe('planted bugs', { concurrency: 2 }, () => {
  for (const [number, bug] of bugs.entries()) {
    test(`is caught: ${bug.name}`, { timeout: 600_000 }, async (t) => {
      const program = await plant(bug, 'postmypost-sim', `planted/${number}`);
      const outcome = await run(program, ['--seeds', String(seeds), '--quiet'], { maxBuffer: 1 << 28 }).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (failure) => ({ code: failure.code ?? failure.signal, stdout: failure.stdout }),
      );
      assert.notEqual(outcome.code, 0, `not seen within ${seeds} seeds: ${bug.breaks}`);
      const line = outcome.stdout.trim().split('\n').at(-1);
      t.diagnostic(line || `ended by ${outcome.code}`);
    });
  }
});
