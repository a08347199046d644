// Old backups, copied folders and clones of the real program: nothing that is out is sent again, and what can't be known is shown.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startTelegram, token } from '../networks/telegram.mjs';
import { Server, eventually, program } from './support/server.mjs';

const adopt = (data, ...flags) =>
  new Promise((resolve) => {
    execFile(program, ['adopt', '--data', data, ...flags], (error, out, err) => resolve({ code: error ? (error.code ?? 1) : 0, out, err }));
  });

const isOnSqlite = process.env.POSTMYPOST_TEST_STORE !== 'postgresql';

describe('a data folder that is not what the engine left behind', { skip: isOnSqlite ? false : 'these folders hold SQLite' }, () => {
  let bot, server, account, backup;
  const sent = (text) => bot.oracle.filter((post) => post.text === text).length;
  const engine = async () => (await server.ok('GET', '/instance')).engine;
  const copyTo = async (folder) => {
    await rm(folder, { recursive: true, force: true });
    await cp(server.data, folder, { recursive: true, filter: (name) => !name.endsWith('.sock') });
  };

  before(async () => {
    bot = await startTelegram();
  });
  after(() => bot.close());

  beforeEach(async () => {
    server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
    backup = await mkdtemp(path.join(os.tmpdir(), 'postmypost-backup-'));
    await server.start();
    await server.setUp();
    account = await server.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  });
  afterEach(async () => {
    await server.remove();
    await rm(backup, { recursive: true, force: true });
  });

  // A post planned in the backup's future that is out by the time the backup comes back.
  async function publishAfterBackup(text) {
    const planned = await server.publish(account, text, { when: { kind: 'at', wall_time: moscow(2000) } });
    await server.stop();
    await copyTo(backup);
    await server.start();
    await server.delivery(planned.id, ['published']);
    await server.stop();
    return planned.id;
  }
  const moscow = (ms) => new Date(Date.now() + ms + 3 * 3600_000).toISOString().slice(0, 19);
  async function bringBack({ withJournal }) {
    for (const name of ['postmypost.sqlite', 'postmypost.sqlite-wal', 'postmypost.sqlite-shm']) {
      await rm(path.join(server.data, name), { force: true });
      await cp(path.join(backup, name), path.join(server.data, name)).catch(() => {});
    }
    if (withJournal === 'lost') await rm(path.join(server.data, 'journal'), { recursive: true });
  }

  test('an old database beside its journal waits, and then knows what was out', async () => {
    const id = await publishAfterBackup('Старая копия, живой журнал');
    await bringBack({ withJournal: 'kept' });
    await server.start();
    assert.equal(await engine(), 'older');
    assert.equal((await server.publication(id)).deliveries[0].state, 'scheduled', 'nothing is claimed');
    const wrong = await adopt(server.data, '--moved');
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.err, /--restored/);
    const done = await adopt(server.data, '--restored');
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /1 were out already/);
    const delivery = await server.delivery(id, ['published']);
    assert.ok(delivery.permalink, 'the journal kept its address, sealed');
    assert.equal(await engine(), 'genuine');
    await server.stop();
    await server.start();
    assert.equal(await engine(), 'genuine');
    assert.equal(sent('Старая копия, живой журнал'), 1);
  });

  test('an old database without a journal doubts what fell due, and a person decides', async () => {
    const id = await publishAfterBackup('Старая копия без журнала');
    await bringBack({ withJournal: 'lost' });
    await server.start();
    assert.equal(await engine(), 'journal_lost');
    const done = await adopt(server.data, '--restored');
    assert.equal(done.code, 0, done.err);
    const delivery = await server.delivery(id, ['held']);
    assert.equal(delivery.reason, 'restored');
    assert.deepEqual(delivery.actions, ['confirm_published', 'publish_again']);
    assert.equal(sent('Старая копия без журнала'), 1);
  });

  test('a plain copy of the whole folder is noticed, and a clone forgets the accounts', async () => {
    const id = await publishAfterBackup('Копия папки');
    const original = server.data;
    server.data = backup; // on another machine: the original's address is free here
    await server.start();
    assert.equal(server.exited, null);
    assert.equal(await engine(), 'copied');
    const done = await adopt(backup, '--clone');
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /1 accounts must be connected again/);
    server.data = original;
    await server.stop();
    assert.equal(sent('Копия папки'), 1);
    assert.ok(id);
  });

  test('a moved folder goes on where it was, once somebody says that it moved', async () => {
    await server.stop();
    await copyTo(backup);
    await rm(server.data, { recursive: true });
    await cp(backup, server.data, { recursive: true });
    await server.start();
    assert.equal(await engine(), 'copied');
    const waiting = await server.publish(account, 'После переезда');
    const done = await adopt(server.data, '--moved');
    assert.equal(done.code, 0, done.err);
    await server.delivery(waiting.id, ['published']);
    await eventually('one post', () => sent('После переезда') === 1);
    const again = await adopt(server.data, '--moved');
    assert.notEqual(again.code, 0);
    assert.match(again.err, /nothing to adopt/);
  });
});
