// Days of the production engine under seeded time, chance, networks, kills and people: nothing may be lost, doubled, false, early
// or silent, and whatever can happen must have happened.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { show, simulate } from './support.mjs';

const seconds = process.env.POSTMYPOST_SIMULATION_SECONDS ?? '20';
const days = '500'; // at least, so that a slow machine covers the same
const least = 3; // times that each thing must have happened
const { windows, rare } = JSON.parse(await readFile(new URL('./coverage.json', import.meta.url), 'utf8'));
// One process for each core, on seeds of its own.
const firstSeeds = [1, 1_000_001];

let folder;
let runs;
let sums = [];
const sum = (name, key) => sums.reduce((all, one) => all + (one[name][key] ?? 0), 0);
const keys = (name) => [...new Set(sums.flatMap((one) => Object.keys(one[name])))].sort();

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'postmypost-days-'));
  const file = (first) => path.join(folder, `${first}.json`);
  runs = await Promise.all(firstSeeds.map((first) => simulate(['--first', String(first), '--seeds', days, '--seconds', seconds, '--json', file(first)])));
  if (runs.every(({ code }) => code === 0)) sums = await Promise.all(firstSeeds.map(async (first) => JSON.parse(await readFile(file(first), 'utf8'))));
});
after(() => rm(folder, { recursive: true }));

test('nothing is lost, doubled, false, early or silent in any day', (t) => {
  for (const { code, stdout } of runs) {
    assert.equal(code, 0, stdout);
    t.diagnostic(`proof: ${stdout.trim().split('\n').at(-1)}`);
  }
});

test('every move of the state machine happens', (t) => {
  show(t, [['move', 'times'], ...keys('moves').map((move) => [move, sum('moves', move)])]);
  const missed = keys('moves').filter((move) => sum('moves', move) < least && !(move in rare));
  assert.deepEqual(missed, [], 'moves that hardly happened and have no reason in coverage.json');
  assert.deepEqual(Object.keys(rare).filter((move) => !keys('moves').includes(move)), [], 'reasons for moves that are none');
});

test('every window of a crash or a failure is met', (t) => {
  const rows = windows.map(({ window, events }) => [window, events.reduce((all, code) => all + sum('events', code), 0), events.join(', ')]);
  show(t, [['window', 'times', 'seen as'], ...rows]);
  assert.deepEqual(rows.filter(([, times]) => times < least).map(([window]) => window), []);
});

test('data is lost, brought back, moved and cloned in every way', (t) => {
  const rows = keys('drills').map((drill) => [drill, sum('drills', drill)]);
  show(t, [['what happened to the data', 'days'], ...rows]);
  assert.deepEqual(rows.filter(([, days]) => days < least).map(([drill]) => drill), []);
});

test('every fault meets every kind of network', (t) => {
  const [servers, faults] = [0, 1].map((part) => [...new Set(keys('faults').map((key) => key.split(': ')[part]))]);
  const rows = faults.map((fault) => [fault, ...servers.map((server) => sum('faults', `${server}: ${fault}`))]);
  show(t, [['fault', ...servers], ...rows]);
  // A two-phase publish answers a look with the post it made; only lists and ids can name another's.
  const missed = rows.flatMap(([fault, ...times]) => times.map((count, i) => [count, `${servers[i]}: ${fault}`]))
    .filter(([count, name]) => count < 1 && name !== 'two_phase: foreign id');
  assert.deepEqual(missed, []);
});
