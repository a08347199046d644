// Detection power where the simulator can't see, because its wire is simulated: each bug of planted_bugs.json is put into the real
// program, and the scenario tests that it names must fail.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build, plant } from './support/plant.mjs';

const run = promisify(execFile);
const bugs = JSON.parse(await readFile(new URL('./planted_bugs.json', import.meta.url), 'utf8'));

for (const [number, bug] of bugs.entries()) {
  test(`is caught: ${bug.name}`, { timeout: 400_000 }, async (t) => {
    const folder = path.dirname(await plant(bug, 'postmypost', `planted/program${number}`));
    for (const beside of ['postmypost-netsim', 'postmypost-picture-worker']) {
      await symlink(path.join(build, beside), path.join(folder, beside)).catch((there) => assert.equal(there.code, 'EEXIST'));
    }
    const environment = { ...process.env, POSTMYPOST_BUILD: folder };
    delete environment.NODE_TEST_CONTEXT; // a run of `node --test` inside one must not take part in the outer one
    const args = ['--test', '--test-force-exit', '--test-reporter=spec', `--test-name-pattern=${bug.test}`, path.join(import.meta.dirname, bug.seen_by)];
    const outcome = await run(process.execPath, args, { env: environment, maxBuffer: 1 << 26 }).then(
      ({ stdout }) => ({ failed: 0, stdout }),
      ({ stdout }) => ({ failed: Number(stdout.match(/^ℹ fail (\d+)$/m)?.[1]), stdout }),
    );
    assert.ok(outcome.failed > 0, `not seen: ${bug.breaks}\n${outcome.stdout.slice(-2000)}`);
    t.diagnostic(`proof: planted in the real program and seen: ${bug.name} (${bug.seen_by})`);
    t.diagnostic(outcome.stdout.match(/^\s*✖ (?!failing).*/m)?.[0].trim());
  });
}
