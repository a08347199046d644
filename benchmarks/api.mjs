// The benchmarks of the HTTP API: postmypost-bench asks the program over kept connections, and what limits it is measured in the
// same run, on the same disk and through the same server.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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
  const whole = { port, headers, method: 'GET', body: '', status: 200, clients, warm_up: Math.ceil(wish.count / 10), ...wish };
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

function create({ folder, scale }) {
  return withLog({ folder, fills: [{ publications: 0, accounts: 8 }] }, async (server) => {
    const accounts = (await server.ok('GET', `/projects/${server.project}/accounts`)).items.map((account) => account.id);
    const raw = await measured('group-commit', { data: path.join(folder, 'raw'), at_once: clients, publications: scale(20_000) });
    const nothing = await bare(server, scale(20_000));
    const body = JSON.stringify(publication(accounts[0], 0)).replace('number 0', 'number {n}');
    const seen = await asked(server, { method: 'POST', paths: [`${api(server)}/publications`], body, status: 201, count: scale(20_000) });
    const more = { seen, raw, bare: nothing };
    return [
      { name: 'create', figure: seen.per_second, unit: `publications/s at ${clients} clients`, least: 2500, more,
        limit: { what: 'rows/s of the raw group commit', figure: raw.per_second } },
      { name: 'create, waits', figure: seen.p99_ms, unit: 'ms (p99)', most: Math.max(10, 2 * raw.p99_ms),
        limit: { what: 'p99 of the raw group commit', figure: raw.p99_ms } },
      { name: 'bare handler', figure: nothing.per_second, unit: `answers/s at ${clients} clients, without a database` },
      { name: 'disk', figure: raw.syncs_per_second, unit: 'appends/s, each synced, one after the other' },
    ];
  });
}

function read_one({ folder, scale }) {
  const fills = [{ publications: scale(100_000), accounts: 20, due_in: 2 * 24 * 3600, step: 1_000_000 }];
  return withLog({ folder, fills }, async (server) => {
    const nothing = await bare(server, scale(20_000));
    const first = (await server.ok('GET', `/projects/${server.project}/publications?limit=1`)).items[0].id;
    const ids = Array.from({ length: 1000 }, (_, i) => first + Math.floor((i * scale(100_000)) / 1000));
    const seen = await asked(server, { paths: ids.map((id) => `${api(server)}/publications/${id}`), count: scale(20_000) });
    return [{ name: 'read one', figure: seen.per_second, unit: `publications/s at ${clients} clients`, least: 5000, more: { seen, bare: nothing },
              limit: { what: 'answers/s of the bare handler', figure: nothing.per_second } }];
  });
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

// Pages of 50 with every text opened and every delivery looked at, beside a million others.
function list({ folder, scale }) {
  const fills = [{ publications: scale(1_000_000), accounts: 20, due_in: 2 * 24 * 3600, step: 1_000_000 }];
  return withLog({ folder, fills }, async (server) => {
    const paths = await pages(server, Math.min(100, Math.floor(scale(1_000_000) / 50) - 1));
    const nothing = await asked(server, { paths: ['/health'], clients: 1, count: 2000 });
    const alone = await asked(server, { paths, clients: 1, count: 2000 });
    const together = await asked(server, { paths, count: 4000 });
    return [{ name: 'page of 50 publications', figure: alone.p99_ms, unit: 'ms (p99)', most: 5, more: { alone, together, bare: nothing },
              limit: { what: 'an answer of the bare handler', figure: nothing.p99_ms } }];
  });
}

export default { create, read_one, list };
