// Starts the real program on a fresh data folder and speaks to it like a client. With POSTMYPOST_TEST_STORE=postgresql each
// server has a fresh database in a cluster of the test file's own.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkExchange } from './contract.mjs';
import { sharedCluster } from './postgresql.mjs';

const execute = promisify(execFile);
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
// The build that ./test names, else whichever is newest.
const built = (folder) => statSync(path.resolve(root, folder, 'postmypost'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const builds = process.env.POSTMYPOST_BUILD ? [process.env.POSTMYPOST_BUILD] : ['build/release', 'build/dev'];
export const program = builds
  .filter(built)
  .sort((a, b) => built(b) - built(a))
  .map((folder) => path.resolve(root, folder, 'postmypost'))[0];

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Waits until `probe` gives something truthy; fails with `what` after `ms`.
export async function eventually(what, probe, ms = 60_000) {
  const until = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > until) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(50);
  }
}

// Programs that tests started, none of which outlives its test file, however that ends.
const started = new Set();
export function endsWithTests(child) {
  started.add(child);
  child.once('exit', () => started.delete(child));
}
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

export class Server {
  constructor(data, port, flags) {
    this.data = data;
    this.port = port;
    this.flags = flags;
    this.role = 'serve'; // or 'web', or 'worker', which nobody can call
    this.timeScale = 0.02; // quiet times and pauses in a fiftieth of their time
    this.url = `http://127.0.0.1:${port}`;
    this.launcher = []; // a command that runs the program, like ['prlimit', '--nofile=64']
    this.log = '';
    this.out = '';
  }

  static async create({ flags = [] } = {}) {
    if (!program) throw new Error('the program is not built: run ./test');
    const data = await mkdtemp(path.join(os.tmpdir(), 'postmypost-test-'));
    const server = new Server(data, await freePort(), flags);
    if (process.env.POSTMYPOST_TEST_STORE === 'postgresql') {
      server.cluster = await sharedCluster();
      server.database = await server.cluster.createDatabase();
      server.flags = [...flags, '--database', server.cluster.address(server.database)];
    }
    return server;
  }

  // Resolves when the server is ready, or when it ended before that (`exited` is set).
  async start(environment = {}) {
    this.exited = null;
    const [command, ...more] = [...this.launcher, program];
    this.process = spawn(
      command,
      [...more, this.role, '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--engine-time-scale', String(this.timeScale), ...this.flags],
      { env: { POSTMYPOST_RATE_LIMIT: 'off', ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    endsWithTests(this.process);
    this.process.stdout.on('data', (chunk) => (this.out += chunk));
    this.process.stderr.on('data', (chunk) => (this.log += chunk));
    this.ended = new Promise((resolve) =>
      this.process.once('exit', (code, signal) => {
        this.exited = { code, signal };
        resolve(this.exited);
      }),
    );
    await eventually('the server is ready', async () => {
      if (this.exited) return true;
      return fetch(`${this.url}/ready`).then((r) => r.ok, () => false);
    });
    return this;
  }

  async stop(signal = 'SIGTERM') {
    if (this.process && !this.exited) {
      this.process.kill(signal);
      await this.ended;
    }
  }

  // The data as an operator backs it up while the server is stopped, without the keys; and the way back.
  async backUp(folder) {
    await mkdir(folder, { recursive: true });
    for (const name of (await readdir(this.data)).filter((one) => !/^(master\.key|keys\.sqlite|key-copies|command\.sock|lock)/.test(one))) {
      await cp(path.join(this.data, name), path.join(folder, name), { recursive: true });
    }
    if (this.database) await this.cluster.query(`create database ${this.database}_backup template ${this.database}`);
  }
  async restore(folder) {
    for (const name of await readdir(folder)) {
      await rm(path.join(this.data, name), { recursive: true, force: true });
      await cp(path.join(folder, name), path.join(this.data, name), { recursive: true });
    }
    for (const end of ['-wal', '-shm']) await rm(path.join(this.data, `postmypost.sqlite${end}`), { force: true });
    if (!this.database) return;
    await this.cluster.query(`drop database ${this.database}`);
    await this.cluster.query(`create database ${this.database} template ${this.database}_backup`);
  }

  // A statement behind a stopped server's back; and one number from the data.
  async change(sql) {
    if (this.database) return this.cluster.query(sql, this.database);
    const database = new DatabaseSync(path.join(this.data, 'postmypost.sqlite'));
    database.exec(sql);
    database.close();
  }
  async count(sql) {
    if (this.database) return Number((await this.cluster.query(sql, this.database)).trim());
    const database = new DatabaseSync(path.join(this.data, 'postmypost.sqlite'), { readOnly: true });
    const [value] = Object.values(database.prepare(sql).get());
    database.close();
    return Number(value);
  }

  async remove() {
    await this.stop('SIGKILL');
    await rm(this.data, { recursive: true, force: true });
    if (this.database) await this.cluster.query(`drop database ${this.database} with (force)`);
  }

  async call(method, route, body, headers = {}) {
    const init = { method, headers: { 'X-Requested-With': 'postmypost', ...headers }, redirect: 'manual' };
    if (this.cookie) init.headers.Cookie = this.cookie;
    if (body instanceof FormData) init.body = body;
    else if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers['Content-Type'] = 'application/json';
    }
    const response = await fetch(`${this.url}${route}`, init);
    const set = response.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0];
    const text = await response.text();
    checkExchange(method, route, body, { status: response.status, type: response.headers.get('content-type') ?? '', text });
    const json = /json/.test(response.headers.get('content-type') ?? '') && text ? JSON.parse(text) : null;
    return { status: response.status, json, text, headers: response.headers };
  }

  // The same, for calls that must succeed.
  async ok(method, route, body, headers) {
    const answer = await this.call(method, `/api/v1${route}`, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async setUpLink() {
    return eventually('the link is written', () => readFile(path.join(this.data, 'set-up-link.txt'), 'utf8').then((text) => text.trim(), () => ''));
  }

  // What a person who signs up has read.
  async currentTexts() {
    const { policy_version, terms_version } = await this.ok('GET', '/instance');
    return { acknowledged_policy_version: policy_version, acknowledged_terms_version: terms_version };
  }

  // Set-up, project: the state most tests begin with.
  async setUp(person = {}) {
    const token = (await this.setUpLink()).split('#token=')[1];
    await this.ok('POST', '/setup', {
      token,
      operator_name: 'Test operator',
      operator_contact: 'operator@example.org',
      public_url: this.url,
      mode: 'private',
      name: 'Канарейка Тестова',
      email: 'canary@example.org',
      password: 'four unrelated words here',
      locale: 'ru',
      ...(await this.currentTexts()),
      ...person,
    });
    this.project = (await this.ok('POST', '/projects', { name: 'Сойка', zone: 'Europe/Moscow' })).id;
    return this;
  }

  // A new access token, made as an operator makes one.
  async token(email = 'canary@example.org', ...flags) {
    return (await execute(program, ['token', 'create', '--data', this.data, '--email', email, ...flags])).stdout.trim();
  }

  // Somebody else signs up by an invitation link; this client is them from then on.
  async signUp(link, person = {}) {
    const { user } = await this.ok('POST', '/signup', {
      invitation: link.split('/').pop(),
      name: 'Другой Человек',
      email: 'other@example.org',
      password: 'five other unrelated words',
      locale: 'ru',
      ...(await this.currentTexts()),
      ...person,
    });
    return user;
  }

  connect(body) {
    return this.ok('POST', `/projects/${this.project}/accounts`, body);
  }

  ownPage(handle = 'soyka') {
    return this.connect({ channel: 'own_page', handle, title: 'Сойка, обжарка', acknowledged_public: true });
  }

  publish(account, text, more = {}) {
    return this.ok('POST', `/projects/${this.project}/publications`, {
      account_ids: [account.id],
      details: [{ account_id: null, text, pictures: more.pictures ?? [] }],
      when: more.when ?? { kind: 'now' },
    });
  }

  publication(id) {
    return this.ok('GET', `/projects/${this.project}/publications/${id}`);
  }

  async upload(bytes, name = 'picture.png') {
    const form = new FormData();
    form.append('file', new Blob([bytes]), name);
    return this.ok('POST', `/projects/${this.project}/files`, form);
  }

  // The delivery of a publication once it has one of the wanted states.
  delivery(id, states, ms) {
    return eventually(`delivery of ${id} is ${states}`, async () => {
      const [delivery] = (await this.publication(id)).deliveries;
      return delivery && states.includes(delivery.state) ? delivery : null;
    }, ms);
  }
}
