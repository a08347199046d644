// The canary test (clauses 2.1, 3.1, 4.2): a person with a text of her own in every field, file, message and cache uses
// everything, disconnects, and leaves. Then every byte that the server left is read.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { coatings, findBelow, findIn } from './support/canaries.mjs';
import { NetSim } from './support/netsim.mjs';
import { png } from './support/png.mjs';
import { eventually, Server } from './support/server.mjs';

const mark = 'q7zx';
// What is declared sealed: unreadable in every file, from its first moment on.
const sealed = {
  name: `Имя-${mark}-Канарейкина`,
  email: `adres-${mark}@canary.example`,
  address: '203.0.113.77',
  project: `Проект-${mark}-тайный`,
  text: `Текст-${mark}: синица в небе`,
  alt: `Описание-${mark} картинки`,
  file: `snimok-${mark}.png`,
  version: `Версия-${mark} для второго аккаунта`,
  key: `password-${mark}-of-four-words`,
  request: `request-key-${mark}-0001`,
  question: `Вопрос-${mark} в поддержку`,
  answer: `Ответ-${mark} поддержки`,
};
// What is declared plain, because it is public: gone from the live data, but not from older copies.
const plain = { page: `Для-всех-${mark}: открытая запись`, handle: `stranica${mark}` };
// What is thrown away at the door.
const never = { metadata: `Метаданные-${mark} снимка`, agent: `Browser-${mark}` };

let sim, server, backup, operator;
const onPostgresql = process.env.POSTMYPOST_TEST_STORE === 'postgresql';
const headers = { 'X-Forwarded-For': sealed.address, 'User-Agent': `Mozilla/5.0 ${never.agent}` };

async function lay(guest) {
  sealed.token = sim.tokenOf(`tg${mark}`);
  const page = await server.ownPage(plain.handle);
  const telegram = await sim.connect(server, 'telegram', `tg${mark}`);
  const bluesky = await sim.connect(server, 'bluesky', `bsky${mark}`);
  const file = await server.upload(png(320, 240, 90, { comment: never.metadata }), sealed.file);
  const open = await server.publish(page, plain.page, { pictures: [{ file_id: file.id, alt: 'открытое описание' }] });
  await server.delivery(open.id, ['published']);
  const secret = await server.ok(
    'POST', `/projects/${guest.project}/publications`,
    { account_ids: [telegram.id, bluesky.id],
      details: [{ account_id: null, text: sealed.text, pictures: [] }, { account_id: bluesky.id, text: sealed.version, pictures: [] }],
      when: { kind: 'now' } },
    { 'Idempotency-Key': sealed.request },
  );
  await eventually('both are out', async () => (await server.publication(secret.id)).deliveries.every((delivery) => delivery.state === 'published'));
  await server.publish(telegram, `${sealed.text} (черновик)`, { when: { kind: 'draft' }, pictures: [{ file_id: file.id, alt: sealed.alt }] });
  await server.call('GET', `/api/v1/projects/${guest.project}/publications?q=${encodeURIComponent(sealed.text)}`);
  await server.ok('DELETE', `/projects/${guest.project}/accounts/${bluesky.id}`);
  const { id } = await server.ok('POST', '/me/tickets', { topic: 'policy', clause: '4.2', text: sealed.question });
  await as(operator, () => server.ok('POST', `/support/tickets/${id}/messages`, { text: sealed.answer }));
  // A finished archive that nobody fetches: all of her in one file.
  await server.ok('POST', '/me/exports', { password: sealed.key });
  await eventually('the archive is ready', async () => (await server.ok('GET', '/me/exports')).items[0].state === 'ready');
}
async function as(cookie, use) {
  const mine = server.cookie;
  server.cookie = cookie;
  await use();
  server.cookie = mine;
}

before(async () => {
  sim = await NetSim.start();
  server = await Server.create({ flags: [...sim.flags, '--trusted-proxy', '127.0.0.1'] });
  await server.start();
  await server.setUp({ name: 'Оператор', email: 'operator@example.org' });
  operator = server.cookie;
  const invitation = await server.ok('POST', '/invitations', { project_id: null });
  server.cookie = null;
  await server.ok('POST', '/signup', { name: sealed.name, email: sealed.email, password: sealed.key, locale: 'ru', ...(await server.currentTexts()), invitation: invitation.link.split('/invite/')[1] }, headers);
  server.project = (await server.ok('POST', '/projects', { name: sealed.project, zone: 'Europe/Moscow' })).id;
  await lay({ project: server.project });
  // A backup as an operator makes it: the data, not the keys.
  backup = await mkdtemp(path.join(os.tmpdir(), 'canary-backup-'));
  await server.stop();
  await server.backUp(path.join(backup, 'old'));
  await server.start();
});
after(async () => {
  await server?.remove();
  await sim?.close();
  if (backup) await rm(backup, { recursive: true, force: true });
});

async function everything() {
  const logs = await mkdtemp(path.join(backup, 'logs-'));
  await writeFile(path.join(logs, 'log'), server.log + server.out);
  return [server.data, logs, ...(server.cluster ? [server.cluster.data] : [])];
}

test('the search finds a text in every coating, and only what is there', () => {
  const text = sealed.text;
  for (const before of ['', 'x', 'xy', 'xyz']) {
    const inside = Buffer.from(`${before}${text}!`);
    const planted = [inside, Buffer.from(inside.toString('base64')), Buffer.from(inside.toString('base64url')), Buffer.from(inside.toString('hex')), Buffer.from(`${before}${text}`, 'utf16le'),
      Buffer.from(encodeURIComponent(text)), zlib.deflateSync(inside), zlib.gzipSync(Buffer.from(inside.toString('base64'))), zipOf(inside), ...coatings(text).map(([, bytes]) => bytes)];
    for (const [i, bytes] of planted.entries()) {
      assert.notEqual(findIn(Buffer.concat([Buffer.from('some bytes before'), bytes, Buffer.from('and after')]), [text]).length, 0, `coating ${i} after ${before.length} bytes`);
    }
  }
  assert.deepEqual(findIn(Buffer.from(text.slice(0, -1)), [text]), []);
});

// A ZIP archive of one deflated member, from APPNOTE.TXT: what matters is its local header.
function zipOf(bytes) {
  const packed = zlib.deflateRawSync(bytes);
  const head = Buffer.alloc(30);
  head.write('PK\x03\x04', 0, 'latin1');
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(bytes.length, 22);
  head.writeUInt16LE(4, 26);
  return Buffer.concat([head, Buffer.from('name'), packed]);
}

test('what is sealed is unreadable in every file while she is here, and metadata is nowhere', async () => {
  const found = findBelow(await everything(), [...Object.values(sealed), ...Object.values(never)]);
  assert.deepEqual(found, []);
  assert.notEqual(findBelow(onPostgresql ? [server.cluster.data] : [server.data], [plain.page]).length, 0, 'what is plain is found, so the search works on these files');
});

test('what is sealed can still be read by herself', async () => {
  assert.equal((await server.ok('GET', '/session')).user.name, sealed.name);
  const [card] = (await server.ok('GET', `/projects/${server.project}/publications`)).items.filter((one) => one.excerpt.includes(mark));
  assert.ok(card);
  assert.ok((await server.ok('GET', '/me/sessions')).items.some((session) => session.ip === sealed.address));
});

test('after she left nothing of hers is in any file, through a kill in the middle', async () => {
  await server.ok('POST', '/me/leaving', { password: sealed.key });
  await server.stop();
  await server.change('update person set leaving_at = leaving_at - 700000000000 where leaving_at is not null');
  await server.start({ POSTMYPOST_FAULT: 'leaving.after_project_key:1' });
  await server.ended;
  assert.equal(server.exited.signal, 'SIGKILL');
  await server.start();
  await eventually('she is erased', async () => (await server.count('select count(*) from person')) === 1);
  assert.equal((await server.call('POST', '/api/v1/session', { email: sealed.email, password: sealed.key })).json.code, 'signin.wrong');
  const live = await everything();
  assert.deepEqual(findBelow(live, [...Object.values(sealed), ...Object.values(never)]), []);
  // Pages of a server's files keep ended rows until its own vacuum; in SQLite they are overwritten at once. The handle stays taken.
  if (!onPostgresql) assert.deepEqual(findBelow([server.data], [plain.page]), []);
  const media = await readdir(path.join(server.data, 'media'), { recursive: true, withFileTypes: true });
  assert.deepEqual(media.filter((entry) => entry.isFile()), []);
  // Her archive has no key any more; the file itself goes with the next look after a minute, which is brought forward here.
  const archives = path.join(server.data, 'exports');
  for (const name of await readdir(archives)) await utimes(path.join(archives, name), 0, 0);
  await eventually('the archive is gone', async () => (await readdir(archives)).length === 0, 30_000);
});

test('old and new backups say nothing, and a restored old one says nothing either', async () => {
  assert.deepEqual(findBelow([path.join(backup, 'old')], [...Object.values(sealed), ...Object.values(never)]), []);
  await server.stop();
  if (onPostgresql) await cp(server.cluster.data, path.join(backup, 'new'), { recursive: true, filter: (name) => !/\.pid$|pgsql_tmp/.test(name) });
  else await server.backUp(path.join(backup, 'new'));
  assert.deepEqual(findBelow([path.join(backup, 'new')], [...Object.values(sealed), ...Object.values(never)]), []);
  await server.restore(path.join(backup, 'old'));
  await server.start();
  server.cookie = operator;
  const acts = (await server.ok('GET', '/destruction-acts')).items;
  assert.deepEqual(acts.filter((act) => act.subject !== 'account').map((act) => [act.subject, act.reason]), [['person', 'after_restore'], ['project', 'after_restore']]);
  assert.deepEqual(findBelow([server.data], [...Object.values(sealed), ...Object.values(never), plain.page]), []);
  assert.equal(await server.count(`select count(*) from page_entry`), 0);
  assert.deepEqual((await readdir(path.join(server.data, 'media'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()), []);
});
