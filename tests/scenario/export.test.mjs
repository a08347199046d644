// Taking all one's data out: complete, hashed, encrypted while it lies, once; whatever happens to the server meanwhile.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startTelegram, token } from '../networks/telegram.mjs';
import { ask, fetchArchive, json, password, ready, rows, sha256, takeOut } from './support/archive.mjs';
import { png } from './support/png.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/zip.mjs';

let bot;
let server;
const picture = png(40, 30);

before(async () => {
  bot = await startTelegram();
  server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
  await server.start();
  await server.setUp();
  const account = await server.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  const page = await server.ownPage();
  const file = await server.upload(picture, 'склон.png');
  for (const one of [account, page]) {
    const made = await server.publish(one, `Пост для ${one.channel}`, { pictures: [{ file_id: file.id, alt: 'Склоны Каянзы' }] });
    await server.delivery(made.id, ['published']);
  }
});
after(async () => {
  await server?.remove();
  await bot?.close();
});

const lying = () => readdirSync(path.join(server.data, 'exports'));

test('an export takes the password again', async () => {
  for (const body of [{ password: 'not this one at all' }, {}]) {
    const answer = await server.call('POST', '/api/v1/me/exports', body);
    assert.ok(['password.current_wrong', 'json.required'].includes(answer.json.code), answer.text);
  }
  assert.deepEqual((await server.ok('GET', '/me/exports')).items, []);
});

test('the archive holds everything, named with its size and hash, and no key of anybody', async () => {
  const { members } = await takeOut(server);
  const manifest = json(members['manifest.json']);
  assert.equal(manifest.format, 'postmypost-export');
  assert.equal(manifest.instance, server.url);
  assert.deepEqual(manifest.members.map((m) => m.name).sort(), Object.keys(members).filter((name) => name !== 'manifest.json').sort());
  for (const { name, bytes, sha256: hash } of manifest.members) assert.deepEqual([members[name].length, sha256(members[name])], [bytes, hash], name);
  assert.equal(rows(members, 'person.json', 'person')[0].email, 'canary@example.org');
  assert.equal(rows(members, 'publications.json', 'publication').length, 2);
  assert.equal(rows(members, 'publications.json', 'delivery').filter((one) => one.state === 'published').length, 2);
  assert.deepEqual([...new Set(rows(members, 'publications.json', 'detail_picture').map((one) => one.alt))], ['Склоны Каянзы']);
  const [file] = rows(members, 'files.json', 'file');
  assert.equal(file.name, 'склон.png');
  assert.deepEqual(members[`media/${file.original_blob}.png`].subarray(0, 8), picture.subarray(0, 8));
  assert.ok(rows(members, 'disclosures.json', 'disclosure').some((one) => one.recipient === 'Telegram'));
  assert.equal(rows(members, 'pages.json', 'page')[0].handle, 'soyka');
  const whole = Buffer.concat(Object.values(members));
  for (const secret of [token, server.cookie.split('=')[1], '$argon2id$']) assert.equal(whole.indexOf(secret), -1, secret);
});

test('while it lies it is unreadable, and it is fetched once', async () => {
  const { id } = await ask(server);
  const row = await ready(server, id);
  assert.ok(Date.parse(row.expires_at) - Date.parse(row.ready_at) === 24 * 3600 * 1000);
  const [name] = lying();
  const bytes = readFileSync(path.join(server.data, 'exports', name));
  for (const word of ['person.json', 'canary@example.org', 'manifest']) assert.equal(bytes.indexOf(word), -1, word);
  assert.equal((await fetch(`${server.url}/api/v1/me/exports/${id}/archive`)).status, 401);
  const got = await fetchArchive(server, id);
  assert.equal(got.headers.get('content-type'), 'application/zip');
  assert.match(got.headers.get('content-disposition'), /^attachment/);
  assert.ok(unpack(got.bytes)['person.json']);
  assert.equal((await fetchArchive(server, id)).status, 410);
  assert.deepEqual(lying(), []);
});

test('a server that is killed while it makes one leaves nothing, and begins again by itself', async () => {
  await server.stop();
  await server.start({ POSTMYPOST_FAULT: 'export.page:9' });
  await ask(server).catch(() => null); // it may die before it has answered
  await server.ended;
  assert.equal(lying().length, 1, 'half of one');
  await server.start();
  const [{ id }] = (await server.ok('GET', '/me/exports')).items;
  await ready(server, id);
  assert.equal(lying().length, 1, 'the whole one');
  assert.ok(unpack((await fetchArchive(server, id)).bytes)['manifest.json']);
});

test('killed behind the last byte it makes it once more as well', async () => {
  await server.stop();
  await server.start({ POSTMYPOST_FAULT: 'export.finished:1' });
  await ask(server).catch(() => null);
  await server.ended;
  await server.start();
  const [{ id }] = (await server.ok('GET', '/me/exports')).items;
  await ready(server, id);
  assert.equal(lying().length, 1);
  await server.ok('DELETE', `/me/exports/${id}`);
  assert.deepEqual(lying(), []);
});

test('a broken download can be had again', async () => {
  for (let n = 0; n < 40; ++n) await server.upload(png(600, 400, n), `${n}.png`);
  const { id } = await ask(server);
  await ready(server, id);
  const broken = new AbortController();
  const response = await fetch(`${server.url}/api/v1/me/exports/${id}/archive`, { headers: { Cookie: server.cookie }, signal: broken.signal });
  await response.body.getReader().read();
  broken.abort();
  await ready(server, id);
  assert.ok(unpack((await fetchArchive(server, id)).bytes)['manifest.json']);
});

test('the size of what is exported costs no memory', { timeout: 120_000 }, async () => {
  const memory = () => Number(readFileSync(`/proc/${server.process.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]) / 1024;
  const stored = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? stored(path.join(folder, one.name)) : [path.join(folder, one.name)]));
  // What was cleaned is made large behind the server's back: only its size matters here.
  const { truncate, stat } = await import('node:fs/promises');
  let bytes = 0;
  for (const file of stored(path.join(server.data, 'media')).slice(0, 60)) {
    await truncate(file, 8 << 20);
    bytes += (await stat(file)).size;
  }
  assert.ok(bytes > 300 << 20);
  await server.stop();
  await server.start();
  const before = memory();
  const { id } = await ask(server); // Argon2id takes its 64 MB for a moment
  await ready(server, id, 100_000);
  const response = await fetch(`${server.url}/api/v1/me/exports/${id}/archive`, { headers: { Cookie: server.cookie } });
  let got = 0;
  for await (const chunk of response.body) got += chunk.length;
  assert.ok(got > 150 << 20, `${got} bytes`);
  assert.ok(memory() - before < 100, `${before} MB before, ${memory()} MB at most`);
});
