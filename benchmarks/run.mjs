// Runs the benchmarks one after the other: one JSON document on standard output, progress and a table on standard error.
//   node benchmarks/run.mjs [--times N] [--part N] [NAME...]
// --times: how often each is run; the run with the median figure counts (3). --part: a hundredth of N of the real size, to try it out.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import api from './api.mjs';
import engine, { build } from './engine.mjs';
import program from './program.mjs';

const benchmarks = { ...engine, ...program, ...api };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '3' }, part: { type: 'string', default: '100' } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(benchmarks);
const unknown = chosen.filter((name) => !benchmarks[name]);
if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown}; there are ${Object.keys(benchmarks).join(' ')}`);

const scale = (count) => Math.max(1, Math.round((count * Number(values.part)) / 100));
const home = path.resolve(import.meta.dirname, '../build/bench');

async function runOnce(name) {
  const folder = path.join(home, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    return await benchmarks[name]({ folder, scale });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Of several runs, each figure's median with the limit of the same run.
function medians(runs) {
  return runs[0].map((_, i) => {
    const sorted = runs.map((run) => run[i]).sort((a, b) => a.figure - b.figure);
    return { ...sorted[Math.floor((sorted.length - 1) / 2)], all: runs.map((run) => run[i].figure) };
  });
}

function judged(result) {
  const ratio = result.limit ? result.figure / result.limit.figure : undefined;
  const met =
    (result.least === undefined || result.figure >= result.least) &&
    (result.most === undefined || result.figure <= result.most) &&
    (result.leastRatio === undefined || ratio >= result.leastRatio);
  return { ...result, ratio, met };
}

function machine() {
  const read = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n')[0];
  return {
    cpu: os.cpus()[0].model,
    cores: os.availableParallelism(),
    memory_gb: Math.round(os.totalmem() / 2 ** 30),
    load_before: os.loadavg()[0],
    kernel: os.release(),
    postmypost: read(path.join(build, 'postmypost'), 'version'),
    compiler: readFileSync(path.join(build, 'CMakeCache.txt'), 'utf8').match(/CMAKE_CXX_COMPILER:\w+=(.*)/)?.[1],
  };
}

const number = (value) => (value === undefined ? '' : value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));
const wanted = (r) => [r.least && `≥ ${number(r.least)}`, r.most && `≤ ${number(r.most)}`, r.leastRatio && `≥ ${r.leastRatio}×`].filter(Boolean).join(', ');
const isJudged = (r) => wanted(r) !== '';
function table(results) {
  const rows = results.map((r) => [
    r.name, number(r.figure), r.unit, r.limit ? `${number(r.limit.figure)} (${r.limit.what})` : '', number(r.ratio),
    wanted(r), isJudged(r) ? (r.met ? 'met' : 'MISSED') : '',
  ]);
  rows.unshift(['benchmark', 'figure', 'unit', 'limit in the same run', 'ratio', 'target', '']);
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd()).join('\n');
}

const begun = machine();
const results = [];
for (const name of chosen) {
  const runs = [];
  for (let i = 0; i < Number(values.times); ++i) {
    process.stderr.write(`▸ ${name} (${i + 1} of ${values.times})\n`);
    runs.push(await runOnce(name));
  }
  results.push(...medians(runs).map(judged));
}
const document = { machine: begun, part: Number(values.part), times: Number(values.times), benchmarks: results };
writeFileSync(path.join(home, 'results.json'), JSON.stringify(document, null, 1));
process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
process.stderr.write(`\n${table(results)}\n`);
