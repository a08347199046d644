// The benchmarks of the HTTP API: postmypost-bench asks the program over kept connections, and what limits it is measured in the
// same run, on the same disk and through the same server.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Postgresql } from '../tests/scenario/support/postgresql.mjs';
import { measured } from './engine.mjs';
import { Client } from './load.mjs';
import { publication, withServer } from './program.mjs';

const clients = 8;

// Processor time of the server so far, in microseconds.
function cpu_us(server) {
  const fields = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

// `count` requests by `at_once` clients: { per_second, p50_ms, p99_ms, worst_ms, server_cpu_us, cpu_us, bytes }.
async function asked(server, wish) {
  const requests = path.join(server.data, 'requests.json');
  const { port } = server;
  const headers = { 'X-Requested-With': 'postmypost', Cookie: server.cookie };
  const whole = { port, headers, method: 'GET', bodies: [], status: 200, clients, warm_up: Math.ceil(wish.count / 10), ...wish };
  writeFileSync(requests, JSON.stringify(whole), { mode: 0o600 });
  const before = cpu_us(server);
  const seen = await measured('http', { data: server.data, requests });
  return { ...seen, server_cpu_us: (cpu_us(server) - before) / (whole.warm_up + whole.count) };
}

// The server's parser, threads and answers without a database.
const bare = (server, count) => asked(server, { paths: ['/health'], count });

const api = (server) => `/api/v1/projects/${server.project}`;

// Its log goes where a service manager would put it: into a file.
async function withLog(options, use) {
  return withServer(options, async (server, sink) => {
    server.launcher = ['sh', '-c', 'exec "$@" 2>>"$0"', path.join(options.folder, 'program.log')];
    await server.start();
    return use(server, sink);
  });
}

async function created(server, folder, scale, postgresql) {
  const accounts = (await server.ok('GET', `/projects/${server.project}/accounts`)).items.map((account) => account.id);
  const where = { data: path.join(folder, 'raw'), ...(postgresql && { postgresql }) };
  const raw = await measured('group-commit', { ...where, at_once: clients, publications: scale(20_000) });
  const nothing = await bare(server, scale(20_000));
  const bodies = accounts.slice(0, clients).map((account) => JSON.stringify(publication(account, 0)).replace('number 0', 'number {n}'));
  const seen = await asked(server, { method: 'POST', paths: [`${api(server)}/publications`], bodies, status: 201, count: scale(20_000) });
  return { seen, raw, bare: nothing };
}

async function readOne(server, stored, scale) {
  const nothing = await bare(server, scale(20_000));
  const first = (await server.ok('GET', `/projects/${server.project}/publications?limit=1`)).items[0].id;
  const ids = Array.from({ length: 1000 }, (_, i) => first + Math.floor((i * stored) / 1000));
  const seen = await asked(server, { paths: ids.map((id) => `${api(server)}/publications/${id}`), count: scale(20_000) });
  return { seen, bare: nothing };
}

// Addresses of `count` pages of 50, each behind the one before.
async function pages(server, count) {
  const client = new Client(server);
  const addresses = [];
  let cursor = '';
  for (let i = 0; i < count; ++i) {
    const query = `/projects/${server.project}/publications?limit=50${cursor}`;
    addresses.push(`/api/v1${query}`);
    const { body } = await client.call('GET', query);
    if (body.items.length !== 50) throw new Error(`a page of ${body.items.length}`);
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
  client.close();
  return addresses;
}

// The first pages of the vendor's API, each with its totals.
async function vendorPages(server, count) {
  const { token } = await server.ok('POST', '/me/tokens', { label: 'bench', scopes: 'publications:read' });
  const paths = Array.from({ length: count }, (_, i) => `/v4.1/publications?project_id=${server.project}&per_page=50&page=${i + 1}`);
  return asked(server, { paths, headers: { Authorization: `Bearer ${token}` }, clients: 1, count: 2000 });
}

// By one client, whose waits count, and by eight, who share two cores.
async function listed(server, stored) {
  const count = Math.min(100, Math.floor(stored / 50) - 1);
  const paths = await pages(server, count);
  const nothing = await asked(server, { paths: ['/health'], clients: 1, count: 2000 });
  const alone = await asked(server, { paths, clients: 1, count: 2000 });
  const together = await asked(server, { paths, count: 4000 });
  const vendor = await vendorPages(server, count);
  return { alone, together, vendor, bare: nothing };
}

const planned = (publications) => [{ publications, accounts: 20, due_in: 2 * 24 * 3600, step: 1_000_000 }];

function create({ folder, scale }) {
  return withLog({ folder, fills: [{ publications: 0, accounts: 8 }] }, async (server) => {
    const { seen, raw, bare } = await created(server, folder, scale);
    return [
      { name: 'create', figure: seen.per_second, unit: `publications/s at ${clients} clients`, least: 2500, more: { seen, raw, bare },
        limit: { what: 'rows/s of the raw group commit', figure: raw.per_second } },
      { name: 'create, waits', figure: seen.p99_ms, unit: 'ms (p99)', most: Math.max(10, 2 * raw.p99_ms),
        limit: { what: 'p99 of the raw group commit', figure: raw.p99_ms } },
      { name: 'bare handler', figure: bare.per_second, unit: `answers/s at ${clients} clients, without a database` },
      { name: 'disk', figure: raw.syncs_per_second, unit: 'appends/s, each synced, one after the other' },
    ];
  });
}

function read_one({ folder, scale }) {
  return withLog({ folder, fills: planned(scale(100_000)) }, async (server) => {
    const more = await readOne(server, scale(100_000), scale);
    return [{ name: 'read one', figure: more.seen.per_second, unit: `publications/s at ${clients} clients`, least: 5000, more,
              limit: { what: 'answers/s of the bare handler', figure: more.bare.per_second } }];
  });
}

function list({ folder, scale }) {
  return withLog({ folder, fills: planned(scale(1_000_000)) }, async (server) => {
    const more = await listed(server, scale(1_000_000));
    const limit = { what: 'an answer of the bare handler', figure: more.bare.p99_ms };
    return [{ name: 'page of 50 publications', figure: more.alone.p99_ms, unit: 'ms (p99)', most: 5, more, limit },
            { name: 'page of 50 through /v4.1', figure: more.vendor.p99_ms, unit: 'ms (p99)', most: 5, limit }];
  });
}

// The same three, each within twice of what SQLite is to reach.
async function api_on_postgresql({ folder, scale }) {
  const cluster = await Postgresql.start({ shared_buffers: '128MB', max_wal_size: '1GB' }, os.tmpdir());
  const [name, raw_name] = [await cluster.createDatabase(), await cluster.createDatabase()];
  try {
    const stored = scale(1_000_000);
    return await withLog({ folder, fills: planned(stored), postgresql: cluster.address(name) }, async (server) => {
      await cluster.query('vacuum analyze', name); // as the server would by itself within minutes
      const one = await readOne(server, stored, scale), page = await listed(server, stored);
      const { seen, raw } = await created(server, folder, scale, cluster.address(raw_name));
      return [
        { name: 'create on PostgreSQL', figure: seen.per_second, unit: `publications/s at ${clients} clients`, least: 1250,
          more: { seen, raw }, limit: { what: 'rows/s of the raw group commit', figure: raw.per_second } },
        { name: 'create on PostgreSQL, waits', figure: seen.p99_ms, unit: 'ms (p99)', most: 2 * Math.max(10, 2 * raw.p99_ms),
          limit: { what: 'p99 of the raw group commit', figure: raw.p99_ms } },
        { name: 'read one on PostgreSQL', figure: one.seen.per_second, unit: `publications/s at ${clients} clients`, least: 2500, more: one,
          limit: { what: 'answers/s of the bare handler', figure: one.bare.per_second } },
        { name: 'page of 50 on PostgreSQL', figure: page.alone.p99_ms, unit: 'ms (p99)', most: 10, more: page,
          limit: { what: 'an answer of the bare handler', figure: page.bare.p99_ms } },
      ];
    });
  } finally {
    await cluster.remove();
  }
}

export default { create, read_one, list, api_on_postgresql };
