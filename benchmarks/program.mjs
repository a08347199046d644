// The benchmarks of the program as people meet it: build/release/postmypost itself, spoken to over HTTP.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';

import { Server, freePort, sleep } from '../tests/scenario/support/server.mjs';
import { build, measured, year } from './engine.mjs';
import { Client, percentile } from './load.mjs';

// The sink of the benchmarks (sink.cpp) as a child.
class Sink {
  static async start(latency) {
    const sink = new Sink();
    sink.process = spawn(path.join(build, 'postmypost-bench-sink'), { stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of readline.createInterface({ input: sink.process.stdout })) {
      sink.port = Number(line);
      break;
    }
    await fetch(`http://127.0.0.1:${sink.port}/latency/${latency}`, { method: 'POST' });
    return sink;
  }
  async count() {
    return (await (await fetch(`http://127.0.0.1:${this.port}/count`)).json()).posts;
  }
  async report() {
    return (await fetch(`http://127.0.0.1:${this.port}/report`)).json();
  }
  stop() {
    this.process.stdin.end();
  }
}

// A server that was set up and filled, running on `folder` (or a database of PostgreSQL) with the sink as its Telegram.
async function filled(folder, sink, fills, postgresql) {
  const flags = ['--without-quotas', '--rate-limit', 'off', '--egress-allow', `127.0.0.1:${sink.port}`, '--telegram-base', `http://127.0.0.1:${sink.port}`];
  if (postgresql) flags.push('--database', postgresql);
  const server = new Server(folder, await freePort(), flags);
  server.timeScale = 1;
  await server.start();
  await server.setUp();
  await server.stop();
  const where = { data: folder, project: server.project, ...(postgresql && { postgresql }) };
  for (const fill of fills) await measured('fill', { ...where, ...fill });
  return server;
}

async function memory_mb(server, name = 'VmRSS') {
  const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8');
  return Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024;
}

export async function withServer({ folder, latency = 0, fills, postgresql }, use) {
  const sink = await Sink.start(latency);
  const server = await filled(folder, sink, fills, postgresql);
  try {
    return await use(server, sink);
  } finally {
    await server.stop('SIGKILL');
    sink.stop();
  }
}

// From the program's start to the first answer that says ready.
async function seconds_to_ready(server) {
  const begin = performance.now();
  const started = server.start();
  for (;;) {
    const ready = await fetch(`${server.url}/ready`).then((r) => r.ok, () => false);
    if (ready) break;
    await sleep(2);
  }
  const seconds = (performance.now() - begin) / 1000;
  await started;
  return seconds;
}

export const publication = (account, number) => ({
  account_ids: [account],
  details: [{ account_id: null, text: `A planned post, number ${number}. Cupping on Saturday at noon.`, pictures: [] }],
  when: { kind: 'at', wall_time: `${new Date().getUTCFullYear() + 2}-05-0${(number % 9) + 1}T12:30` },
});

function start({ folder, scale }) {
  const fills = [{ publications: scale(1_000_000), accounts: 1000, due_in: year, step: 20_000 }];
  return withServer({ folder, fills }, async (server) => {
    const seconds = await seconds_to_ready(server);
    await sleep(3000);
    return [
      { name: 'start', figure: seconds * 1000, unit: `ms to ready with ${scale(1_000_000)} publications`, most: 500 },
      { name: 'memory', figure: await memory_mb(server), unit: 'MB at rest' },
    ];
  });
}

// The month as the calendar reads it: page after page.
async function month(client, project) {
  const begin = performance.now();
  const day = new Date(Date.now() + 24 * 3600 * 1000);
  const range = [day, new Date(day.getTime() + 31 * 24 * 3600 * 1000)].map((d) => d.toISOString().slice(0, 10));
  let cursor = '', count = 0;
  do {
    const { body } = await client.call('GET', `/projects/${project}/publications?from=${range[0]}&to=${range[1]}${cursor}`);
    count += body.items.length;
    cursor = body.next_cursor ? `&cursor=${encodeURIComponent(body.next_cursor)}` : '';
  } while (cursor);
  return { count, ms: performance.now() - begin };
}

function calendar({ folder, scale }) {
  const count = scale(10_000);
  const fills = [{ publications: count, accounts: 20, due_in: 2 * 24 * 3600, step: Math.floor((28 * 24 * 3600e6) / count) }];
  return withServer({ folder, fills }, async (server) => {
    await server.start();
    const client = new Client(server);
    const times = [];
    let seen;
    for (let i = 0; i < 5; ++i) times.push((seen = await month(client, server.project)).ms);
    client.close();
    return [{ name: 'calendar', figure: percentile(times, 0.5), unit: `ms for a month of ${seen.count}` }];
  });
}

// A guest with so many publications is erased while the operator goes on working.
function erasure({ folder, scale }) {
  const count = scale(100_000);
  return withServer({ folder, fills: [{ publications: 0, accounts: 8 }] }, async (server) => {
    await server.start();
    const operator = { cookie: server.cookie, project: server.project };
    const ids = (await server.ok('GET', `/projects/${server.project}/accounts`)).items.map((account) => account.id);
    const { link } = await server.ok('POST', '/invitations', { project_id: null });
    const { policy_version, terms_version } = await server.ok('GET', '/instance');
    const password = 'some other unrelated words';
    server.cookie = null;
    await server.ok('POST', '/signup', { name: 'Guest', email: 'guest@example.org', password, locale: 'en', acknowledged_policy_version: policy_version,
      acknowledged_terms_version: terms_version, invitation: link.split('/invite/')[1] });
    const project = (await server.ok('POST', '/projects', { name: 'Guest', zone: 'UTC' })).id;
    await server.stop();
    await measured('fill', { data: folder, project, publications: count, accounts: 100, due_in: year, step: 1_000_000 });
    await server.start();
    await server.ok('POST', '/me/leaving', { password });
    await sleep(3000); // goodbyes
    await server.stop();
    await server.change('update person set leaving_at = leaving_at - 700000000000 where leaving_at is not null');
    Object.assign(server, operator);
    await server.start();
    const begin = performance.now();
    const busy = await people(server, ids, 5);
    const left = async () => (await server.ok('GET', '/destruction-acts')).items.length;
    while ((await left()) < 2) await sleep(50);
    const seconds = (performance.now() - begin) / 1000;
    const idle = await people(server, ids, 10);
    return [
      { name: 'erasure', figure: seconds, unit: `s for a person with ${count} publications`, most: 60 * (count / 100_000) },
      { name: 'people while erasing', figure: busy.p99, unit: 'ms (p99 of their requests)', most: 2 * idle.p99,
        limit: { what: 'idle', figure: idle.p99 }, more: { idle, busy } },
    ];
  });
}

// What people wait for: a page of the calendar, one publication, a new one.
async function people(server, accounts, seconds) {
  const until = Date.now() + seconds * 1000;
  const client = new Client(server);
  const times = [];
  for (let n = 0; Date.now() < until; ++n) {
    const project = `/projects/${server.project}`;
    const made = await client.call('POST', `${project}/publications`, publication(accounts[n % accounts.length], n));
    times.push(made.ms);
    times.push((await client.call('GET', `${project}/publications/${made.body.id}`)).ms);
    times.push((await client.call('GET', `${project}/accounts`)).ms);
    await sleep(5);
  }
  client.close();
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), requests: times.length };
}

function peopleWhileDraining({ folder, scale }) {
  const due = scale(40_000);
  const fills = [{ publications: due, accounts: 500, due_in: 25 }, { publications: 0, accounts: 8 }];
  return withServer({ folder, latency: 50, fills }, async (server, sink) => {
    await server.start();
    const accounts = (await server.ok('GET', `/projects/${server.project}/accounts`)).items.slice(-8).map((a) => a.id);
    const idle = await people(server, accounts, 10);
    while ((await sink.count()) === 0) await sleep(50);
    const draining = await people(server, accounts, 8);
    while ((await sink.count()) < due) await sleep(100);
    return [
      { name: 'people while draining', figure: draining.p99, unit: 'ms (p99 of their requests)', most: 2 * idle.p99,
        limit: { what: 'idle', figure: idle.p99 }, more: { idle, draining } },
      { name: 'memory after draining', figure: await memory_mb(server, 'VmHWM'), unit: 'MB at most' },
    ];
  });
}

// SIGKILL in the middle of a drain: until the last post that was safe to send again is out. One process starts again;
// doubts (sent, unanswered) are not sent and not counted.
function recovery({ folder }) {
  const fills = [{ publications: 900, accounts: 300 }];
  return withServer({ folder, latency: 50, fills }, async (server, sink) => {
    await server.start();
    while ((await sink.count()) < 300) await sleep(5);
    await server.stop('SIGKILL');
    const killed = Date.now();
    await server.start();
    for (let before = -1; before < (await sink.count()); await sleep(5000)) before = await sink.count();
    const report = await sink.report();
    if (report.doubled > 0) throw new Error(`${report.doubled} posts were doubled`);
    return [{ name: 'recovery', figure: (report.last_us / 1000 - killed) / 1000, unit: 's after SIGKILL', most: 10, more: report }];
  });
}

export default { start, calendar, people: peopleWhileDraining, erasure, recovery };
