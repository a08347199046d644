// The benchmarks that postmypost-bench runs by itself: the engine without the web server, and what limits it.
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { Postgresql } from '../tests/scenario/support/postgresql.mjs';

export const build = path.resolve(import.meta.dirname, '..', process.env.POSTMYPOST_BUILD ?? 'build/release');
const run = promisify(execFile);

// One line of JSON from postmypost-bench; options as { accounts: 1000 } or { due_in: 3 }.
export async function measured(what, options) {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name.replaceAll('_', '-')}`, ...(value === true ? [] : [String(value)])]);
  const { stdout } = await run(path.join(build, 'postmypost-bench'), [what, ...flags], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout);
}

export const year = 365 * 24 * 3600;

async function throughput({ folder, scale }) {
  const seen = await measured('throughput', { data: folder, publications: scale(20_000), accounts: 1000 });
  return [
    { name: 'throughput', figure: seen.per_second, unit: 'deliveries/s', least: 3000, more: seen,
      limit: { what: 'the same statements on bare SQLite', figure: seen.raw_per_second } , leastRatio: 0.5 },
    { name: 'client', figure: seen.egress_per_second, unit: 'requests/s',
      limit: { what: 'bare libcurl', figure: seen.libcurl_per_second } },
  ];
}

// On the disk of the system, as SQLite is; the tests' clusters live in memory.
async function postgresql({ folder, scale }) {
  const cluster = await Postgresql.start({ shared_buffers: '128MB', max_wal_size: '1GB' }, os.tmpdir());
  try {
    const [first, second] = [await cluster.createDatabase(), await cluster.createDatabase()].map((name) => cluster.address(name));
    const seen = await measured('throughput', { data: folder, postgresql: first, second, publications: scale(20_000), accounts: 1000 });
    return [{ name: 'throughput on PostgreSQL', figure: seen.per_second, unit: 'deliveries/s', least: 2000, more: seen,
              limit: { what: 'the same statements without an engine', figure: seen.raw_per_second } }];
  } finally {
    await cluster.remove();
  }
}

async function drain({ folder, scale }) {
  const due = scale(100_000);
  await measured('fill', { data: folder, publications: due, accounts: 1000 });
  const seen = await measured('drain', { data: folder, latency: 50 });
  // One in flight an account: a lane can't be faster than its deliveries' latencies one after the other.
  const lane = (due / 1000) * 0.05;
  return [
    { name: 'drain', figure: seen.seconds, unit: `s for ${due}`, most: 40 * (due / 100_000), more: seen,
      limit: { what: 'one account’s latencies, one after the other', figure: lane } },
    { name: 'drain memory', figure: seen.peak_mb, unit: 'MB', most: 150 },
  ];
}

// The same drain with and without sealing, one after the other, twice.
async function sealing({ folder, scale }) {
  const due = scale(20_000);
  const drained = async (name, unsealed) => {
    const data = path.join(folder, name);
    await measured('fill', { data, publications: due, accounts: 1000, ...(unsealed ? { unsealed: true } : {}) });
    return (await measured('drain', { data })).per_second;
  };
  const sealed = [], bare = [];
  for (const round of [1, 2]) {
    sealed.push(await drained(`sealed-${round}`, false));
    bare.push(await drained(`bare-${round}`, true));
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [{ name: 'engine with sealing', figure: mean(sealed), unit: 'deliveries/s', leastRatio: 0.9, more: { sealed, bare },
            limit: { what: 'the same engine, nothing sealed', figure: mean(bare) } }];
}

async function steady({ folder, scale }) {
  const seen = await measured('steady', { data: folder, rate: 200, seconds: scale(30), accounts: 1000 });
  return [{ name: 'steady', figure: seen.p99_us / 1000, unit: 'ms late (p99 at 200/s)', most: 250, more: seen }];
}

// The claim's cost as the store grows, and as what is due grows.
async function scale({ folder, scale: smaller }) {
  const cost = async (stored, due) => {
    const data = path.join(folder, `${stored}-${due}`);
    await measured('fill', { data, publications: smaller(due), accounts: 1000 });
    if (stored > due) {
      await measured('fill', { data, publications: smaller(stored - due), accounts: 1000, due_in: year, step: 1_000_000 });
    }
    return (await measured('claim', { data })).median_us;
  };
  const costs = { small: await cost(10_000, 1_000), stored: await cost(1_000_000, 1_000), due: await cost(100_000, 100_000), middle: await cost(100_000, 1_000) };
  const unit = 'µs a claim';
  return [
    { name: 'claim with 1,000 due of 10,000', figure: costs.small, unit },
    { name: 'claim with 1,000 due of 1,000,000', figure: costs.stored, unit, most: 1.5 * costs.small, limit: { what: 'of 10,000', figure: costs.small } },
    { name: 'claim with 100,000 due of 100,000', figure: costs.due, unit, most: 1.5 * costs.middle, limit: { what: '1,000 due', figure: costs.middle } },
  ];
}

export default { throughput, postgresql, drain, sealing, steady, scale };
