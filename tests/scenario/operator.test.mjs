// What the operator meets: a port in use, a second server on the same data, lost keys, a full disk, lost passwords, a clean stop.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, rename, rm, stat, writeFile } from 'node:fs/promises';
import { statfsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Server, eventually, program } from './support/server.mjs';

// Runs a command to its end: {code, out, err}.
const run = (args, input) =>
  new Promise((resolve) => {
    const child = execFile(program, args, (error, out, err) => resolve({ code: error ? (error.code ?? 1) : 0, out, err }));
    child.stdin.end(input ?? '');
  });

describe('commands', () => {
  let server;
  before(async () => {
    server = await Server.create();
    await server.start();
    await server.setUp();
  });
  after(() => server.remove());

  test('version, help, config and openapi need no data', async () => {
    assert.match((await run(['version'])).out, /^postmypost \d+\.\d+\.\d+\n$/);
    assert.match((await run(['--help'])).out, /serve/);
    assert.match((await run(['config', '--listen', '127.0.0.1:1'])).out, /listen\s+127\.0\.0\.1:1\s+given/);
    assert.equal(JSON.parse((await run(['openapi'])).out).openapi, '3.1.0');
  });

  test('a second server on the same data is refused in words', async () => {
    const second = await run(['serve', '--data', server.data, '--listen', '127.0.0.1:0']);
    assert.notEqual(second.code, 0);
    assert.match(second.err, /Another postmypost works with/);
  });

  test('a port in use is named and no other is tried', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const other = await Server.create();
    const answer = await run(['serve', '--data', other.data, '--listen', `127.0.0.1:${taken.address().port}`]);
    taken.close();
    await other.remove();
    assert.notEqual(answer.code, 0);
    assert.match(answer.err, new RegExp(String(taken.address()?.port ?? '127.0.0.1')));
  });

  test('a forgotten password is reset beside the running server, and all sessions end', async () => {
    const old = server.cookie;
    const reset = await run(['admin', 'reset-password', '--data', server.data, '--email', 'canary@example.org'], 'a wholly other phrase\n');
    assert.equal(reset.code, 0, reset.err);
    assert.equal((await server.call('GET', '/api/v1/session')).status, 401);
    const signIn = await server.call('POST', '/api/v1/session', { email: 'canary@example.org', password: 'a wholly other phrase' });
    assert.equal(signIn.status, 201);
    assert.notEqual(server.cookie, old);
    const weak = await run(['admin', 'reset-password', '--data', server.data, '--email', 'canary@example.org'], 'short\n');
    assert.notEqual(weak.code, 0);
    assert.match(weak.err, /12 characters/);
  });

  test('a person and a token made on the machine work', async () => {
    const made = await run(['admin', 'create-user', '--data', server.data, '--email', 'b@example.org', '--name', 'B'], 'yet another long phrase\n');
    assert.equal(made.code, 0, made.err);
    const token = (await run(['token', 'create', '--data', server.data, '--email', 'b@example.org'])).out.trim();
    assert.match(token, /^pmp_/);
    const session = await fetch(`${server.url}/api/v1/session`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await session.json()).user.email, 'b@example.org');
  });

  test('the command socket is for its owner only', async () => {
    assert.equal((await stat(path.join(server.data, 'command.sock'))).mode & 0o777, 0o600);
    assert.equal((await stat(path.join(server.data, 'master.key'))).mode & 0o777, 0o400);
    assert.equal((await stat(path.join(server.data, 'postmypost.sqlite'))).mode & 0o777, 0o600);
  });

  test('SIGTERM ends it cleanly, and the commands then work without it', async () => {
    await server.stop('SIGTERM');
    assert.deepEqual(server.exited, { code: 0, signal: null });
    const token = await run(['token', 'create', '--data', server.data, '--email', 'b@example.org']);
    assert.match(token.out, /^pmp_/);
    assert.equal((await run(['migrate', '--data', server.data])).code, 0);
  });

  test('a missing master key is refused with the backup to bring, and nothing is made in its place', async () => {
    const key = path.join(server.data, 'master.key');
    await rename(key, `${key}.away`);
    const answer = await run(['serve', '--data', server.data, '--listen', '127.0.0.1:0']);
    assert.notEqual(answer.code, 0);
    assert.match(answer.err, /backup of keys/);
    await assert.rejects(stat(key));
    await rename(`${key}.away`, key);
    await chmod(key, 0o644);
    assert.match((await run(['serve', '--data', server.data, '--listen', '127.0.0.1:0'])).err, /chmod 0400/);
    await chmod(key, 0o400);
    await server.start();
    assert.equal(server.exited, null);
  });
});

test('a full disk is said, nothing is half-written, and work goes on when there is space', { timeout: 90_000 }, async (t) => {
  const server = await Server.create();
  t.after(() => server.remove());
  const mounted = await new Promise((resolve) => execFile('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', server.data], (error) => resolve(!error)));
  if (!mounted) return t.skip('no right to mount a small file system');
  const unmount = () => new Promise((resolve) => execFile('umount', ['-l', server.data], resolve));
  try {
    await server.start();
    await server.setUp();
    const page = await server.ownPage();
    const { bavail, bsize } = statfsSync(server.data);
    const filler = path.join(server.data, 'filler');
    await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - (32 << 20))));
    const refused = await server.call('POST', `/api/v1/projects/${server.project}/publications`, {
      account_ids: [page.id],
      details: [{ account_id: null, text: 'Нет места', pictures: [] }],
      when: { kind: 'now' },
    });
    assert.equal(refused.status, 503);
    assert.equal(refused.json.code, 'storage.full');
    assert.equal((await server.ok('GET', `/projects/${server.project}/publications`)).items.length, 0);
    await rm(filler);
    const made = await server.publish(page, 'Есть место');
    await server.delivery(made.id, ['published']);
  } finally {
    await server.stop('SIGKILL');
    await unmount();
  }
});

test('a restart with work waiting publishes what is due within the late window and holds what is past it', async (t) => {
  const server = await Server.create();
  t.after(() => server.remove());
  await server.start();
  await server.setUp();
  const page = await server.ownPage();
  const soon = new Date(Date.now() + 1500 + 3 * 3600_000).toISOString().slice(0, 19);
  const made = await server.publish(page, 'Пока сервер спал', { when: { kind: 'at', wall_time: soon } });
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 1700));
  await server.start();
  const delivery = await server.delivery(made.id, ['published']);
  assert.ok(new Date(delivery.sent_at) >= new Date(delivery.due), 'nothing early');
});

test('logs are JSON lines without secrets', async (t) => {
  const server = await Server.create();
  t.after(() => server.remove());
  await server.start();
  await server.setUp();
  await eventually('a few lines', () => server.log.split('\n').length > 4);
  for (const line of server.log.trim().split('\n')) {
    const entry = JSON.parse(line);
    assert.ok(entry.at && entry.level && entry.event, line);
  }
  for (const secret of ['canary@example.org', 'Канарейка', 'four unrelated words', server.cookie.split('=')[1]]) assert.ok(!server.log.includes(secret));
});
