// Detection power: every bug of planted_bugs.json is put into a copy of its file, the simulator is linked with it, and must notice
// within 1,000 seeds. A suite that does not see planted bugs proves nothing.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../scenario/support/server.mjs';

const run = promisify(execFile);
const build = path.join(root, process.env.POSTMYPOST_BUILD ?? 'build/release');
const seeds = 1000;
const bugs = JSON.parse(await readFile(new URL('./planted_bugs.json', import.meta.url), 'utf8'));
let compile;
let link;

before(async () => {
  compile = new Map(JSON.parse(await readFile(path.join(build, 'compile_commands.json'), 'utf8')).map((entry) => [path.relative(root, entry.file), entry]));
  const { stdout } = await run('ninja', ['-C', build, '-t', 'commands', 'postmypost-sim'], { maxBuffer: 1 << 26 });
  link = stdout.trim().split('\n').at(-1);
});

// The simulator with the bug: the changed object stands before the rooms' libraries, so theirs is never taken.
async function plant(bug, number) {
  const original = await readFile(path.join(root, bug.file), 'utf8');
  assert.equal(original.split(bug.find).length, 2, `the text to change stands exactly once in ${bug.file}`);
  const folder = path.join(build, 'planted', String(number));
  await mkdir(folder, { recursive: true });
  const source = path.join(folder, path.basename(bug.file));
  const object = source.replace(/\.cpp$/, '.o');
  await writeFile(source, original.replace(bug.find, () => bug.replace));
  const { command, directory } = compile.get(bug.file);
  await run('sh', ['-c', command.replace(/ -o \S+ -c \S+$/, ` -w -o ${object} -c ${source}`)], { cwd: directory });
  const program = path.join(folder, 'postmypost-sim');
  const linked = link.replace(/^: && /, '').replace(/ && :$/, '').replace(' -o postmypost-sim ', ` ${object} -o ${program} `);
  await run('sh', ['-c', linked], { cwd: build });
  return program;
}

describe('planted bugs', { concurrency: 2 }, () => {
  for (const [number, bug] of bugs.entries()) {
    test(`is caught: ${bug.name}`, { timeout: 600_000 }, async (t) => {
      const program = await plant(bug, number);
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
