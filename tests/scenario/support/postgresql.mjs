// A PostgreSQL cluster of a test's own, which can be killed, restarted and followed by a standby.
//
// It syncs to disk as in production and listens on a socket in its folder only. It ends with the test's process, however that
// ends; `remove` (or the end of the process) removes its folder.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const programs = '/usr/lib/postgresql/15/bin';
const run = promisify(execFile);

// The server refuses to run as root. With `--pdeathsig` it ends when this process does.
const asUser = (...more) => (process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...more] : ['setpriv', ...more]);

async function pg(name, ...words) {
  const [command, ...rest] = [...asUser(), path.join(programs, name), ...words];
  return (await run(command, rest, { maxBuffer: 1 << 24 })).stdout.trim();
}

function newFolder(under = existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()) {
  const folder = mkdtempSync(path.join(under, 'postmypost-pg-'));
  if (process.getuid() === 0) {
    const number = (flag) => Number(execFileSync('id', [flag, 'postgres']));
    chownSync(folder, number('-u'), number('-g'));
  }
  return folder;
}

export class Postgresql {
  static #running = new Set();
  static #databases = 0;

  constructor(folder, settings) {
    this.folder = folder;
    this.settings = settings;
    Postgresql.#running.add(this);
  }

  // `settings` are words of postgresql.conf, e.g. { synchronous_standby_names: '*' }; `under` is a folder on the wanted disk.
  static async start(settings = {}, under = undefined) {
    const cluster = new Postgresql(newFolder(under), settings);
    await pg('initdb', '-D', cluster.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync');
    return cluster.restart();
  }

  get data() {
    return path.join(this.folder, 'data');
  }

  // For --database. With a standby: both, and whoever may be written to is taken.
  address(database, ...standbys) {
    return `host=${[this, ...standbys].map((cluster) => cluster.folder).join(',')} user=postgres dbname=${database}`;
  }

  async createDatabase() {
    const name = `scenario_${process.pid}_${(Postgresql.#databases += 1)}`;
    await this.query(`create database ${name}`);
    return name;
  }

  // Rows as lines, columns between '|'.
  query(sql, database = 'postgres') {
    return pg('psql', '-h', this.folder, '-U', 'postgres', '-d', database, '-XAtqc', sql);
  }

  async restart() {
    await this.stop();
    const settings = { listen_addresses: '', unix_socket_directories: this.folder, shared_buffers: '32MB', dynamic_shared_memory_type: 'mmap', max_wal_size: '128MB', ...this.settings };
    const [command, ...words] = [...asUser('--pdeathsig', 'QUIT'), path.join(programs, 'postgres'), '-D', this.data];
    for (const [name, value] of Object.entries(settings)) words.push('-c', `${name}=${value}`);
    this.process = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.process.stderr.on('data', (chunk) => (this.log += chunk));
    this.process.stderr.unref();
    this.process.unref();
    this.ended = new Promise((resolve) => this.process.once('exit', resolve));
    for (let tries = 0; ; tries += 1) {
      const ready = await this.query('select 1').catch(() => null);
      if (ready) return this;
      if (tries === 300 || this.process.exitCode !== null) throw new Error(`PostgreSQL does not start: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  // SIGINT cuts connections and ends in order; SIGQUIT is a crash: no checkpoint; SIGTERM waits for clients.
  async stop(signal = 'SIGINT') {
    if (!this.process) return;
    this.process.ref();
    this.process.kill(signal);
    await this.ended;
    this.process = null;
  }

  kill() {
    return this.stop('SIGQUIT');
  }

  // Cut off but alive, as behind a broken network; `thaw` ends it.
  freeze() {
    this.#signalAll('SIGSTOP');
  }
  thaw() {
    this.#signalAll('SIGCONT');
  }
  #signalAll(signal) {
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(this.process.pid)], { encoding: 'utf8' }).trim().split(/\s+/);
    for (const pid of [this.process.pid, ...children.map(Number)]) process.kill(pid, signal);
  }

  // A standby that follows this cluster. Whether commits wait for it is this cluster's synchronous_standby_names.
  async standby(settings = {}) {
    const standby = new Postgresql(newFolder(), { ...settings });
    await pg('pg_basebackup', '-h', this.folder, '-U', 'postgres', '-D', standby.data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync');
    return standby.restart();
  }

  // This standby becomes a primary; its own primary must be dead or stopped.
  promote() {
    return pg('pg_ctl', 'promote', '-w', '-D', this.data);
  }

  async remove() {
    await this.stop('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
    Postgresql.#running.delete(this);
  }

  static removeAll() {
    for (const cluster of Postgresql.#running) {
      cluster.process?.kill('SIGQUIT');
      rmSync(cluster.folder, { recursive: true, force: true });
    }
  }
}

process.on('exit', () => Postgresql.removeAll());

// The cluster that all servers of one test file share, started by the first.
let shared;
export const sharedCluster = () => (shared ??= Postgresql.start());
