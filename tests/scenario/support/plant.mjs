// Plants a bug: a copy of one source file is changed and compiled as the build compiles it, and a program is linked with it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './server.mjs';

const run = promisify(execFile);
export const build = path.join(root, process.env.POSTMYPOST_BUILD ?? 'build/release');

let commands; // of the compiler, by source file
async function compileCommand(file) {
  commands ??= new Map(JSON.parse(await readFile(path.join(build, 'compile_commands.json'), 'utf8')).map((entry) => [path.relative(root, entry.file), entry]));
  return commands.get(file);
}

// `bug`: {file, find, replace} or {file, edits: [{find, replace}]}. Gives the program's path, alone in `folder` of the build's folder.
export async function plant(bug, program, folder) {
  let text = await readFile(path.join(root, bug.file), 'utf8');
  for (const { find, replace } of bug.edits ?? [bug]) {
    assert.equal(text.split(find).length, 2, `the text to change stands exactly once in ${bug.file}`);
    text = text.replace(find, () => replace);
  }
  const place = path.join(build, folder);
  await mkdir(place, { recursive: true });
  const source = path.join(place, path.basename(bug.file));
  const object = source.replace(/\.cpp$/, '.o');
  await writeFile(source, text);
  const { command, directory } = await compileCommand(bug.file);
  // Most of a bug's time is the compiler's: no optimisation, no debug information.
  await run('sh', ['-c', command.replace(/ -o \S+ -c \S+$/, ` -w -O0 -g0 -o ${object} -c ${source}`)], { cwd: directory });
  const { stdout } = await run('ninja', ['-C', build, '-t', 'commands', program], { maxBuffer: 1 << 26 });
  const link = stdout.trim().split('\n').at(-1).replace(/^: && /, '').replace(/ && :$/, '');
  // The changed object comes first: a library's is never taken then, and one of the program's own is left out.
  const own = new RegExp(` \\S+/${bug.file}\\.o(?= )`);
  const changed = path.join(place, program);
  await run('sh', ['-c', link.replace(own, '').replace(` -o ${program} `, ` ${object} -o ${changed} `)], { cwd: build });
  return changed;
}
