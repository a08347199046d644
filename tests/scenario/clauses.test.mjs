// The test-only switch of each clause: what it promises is switched off in a copy of the program, and the test that shows the clause
// must fail. The switch is a change of one source file (support/plant.mjs): no released program has one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build, plant } from './support/plant.mjs';
import { root } from './support/server.mjs';

const run = promisify(execFile);
const json = async (file) => JSON.parse(await readFile(path.join(root, file), 'utf8'));
const switches = await json('tests/scenario/clause_switches.json');
const clauses = await json('src/privacy/clauses.json');

const outcomeOf = (command, args, environment) =>
  run(command, args, { env: environment, maxBuffer: 1 << 26 }).catch((failure) => failure);

// Whether the test fails in the changed program: a scenario, or a program of unit tests.
async function fails(off, folder) {
  const environment = { ...process.env, POSTMYPOST_BUILD: folder };
  delete environment.NODE_TEST_CONTEXT; // a run of `node --test` inside one must not take part in the outer one
  if (!off.seen_by.endsWith('.mjs')) {
    const { stdout } = await outcomeOf(path.join(folder, off.seen_by), [`--gtest_filter=${off.test}`], environment);
    return stdout.includes('[ RUN ') && !stdout.includes('[  PASSED  ] 1 test'); // a broken promise may end the program as well
  }
  const args = ['--test', '--test-force-exit', '--test-reporter=spec', `--test-name-pattern=${off.test}`, path.join(import.meta.dirname, off.seen_by)];
  const { stdout } = await outcomeOf(process.execPath, args, environment);
  return Number(stdout.match(/^ℹ fail (\d+)$/m)?.[1]) > 0;
}

test('every clause that passes has a switch, and each switch is seen by a test of its clause', () => {
  const switched = new Set(switches.map((off) => off.clause));
  assert.deepEqual(clauses.filter((clause) => !clause.missing && !switched.has(clause.clause)).map((clause) => clause.clause), []);
  for (const off of switches) {
    const clause = clauses.find((one) => one.clause === off.clause);
    assert.ok(clause.tests.some((name) => off.test.startsWith(name)), `${off.clause}: ${off.test} is none of its tests`);
  }
});

for (const [number, off] of switches.entries()) {
  test(`clause ${off.clause} fails when ${off.off}`, { timeout: 300_000 }, async (t) => {
    const program = off.seen_by.endsWith('.mjs') ? 'postmypost' : off.seen_by;
    const folder = path.dirname(await plant(off, program, `planted/clause${number}`));
    for (const beside of ['postmypost-netsim', 'postmypost-picture-worker']) {
      await symlink(path.join(build, beside), path.join(folder, beside)).catch((there) => assert.equal(there.code, 'EEXIST'));
    }
    assert.ok(await fails(off, folder), `nobody notices: ${off.off}`);
    t.diagnostic(`proof: clause ${off.clause} was switched off and seen: ${off.off}`);
  });
}
