// Moving to another server: export, import there, export again, the same. What is no archive of this person is refused with its reason, and
// then nothing of it is there; a server that is killed in the middle ends what it began.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTelegram, token } from '../networks/telegram.mjs';
import { imported, json, rows, sendPiece, sha256, takeIn, takeOut } from './support/archive.mjs';
import { png } from './support/png.mjs';
import { Server, eventually } from './support/server.mjs';
import { pack } from './support/zip.mjs';

let bot;
let old;
let fresh;
let archive; // { zip, members } of the old server

async function start() {
  const server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
  await server.start();
  return server.setUp();
}

before(async () => {
  bot = await startTelegram();
  [old, fresh] = [await start(), await start()];
  await old.ok('PATCH', '/me', { locale: 'en', theme: 'dark' });
  const account = await old.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  const file = await old.upload(png(60, 40), 'склон.png');
  const made = await old.publish(account, 'Уже вышел', { pictures: [{ file_id: file.id, alt: 'Склоны' }] });
  await old.delivery(made.id, ['published']);
  await old.publish(account, 'Запланирован', { when: { kind: 'at', wall_time: new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 11) + '09:30' } });
  await old.ok('POST', `/projects/${old.project}/publications`, {
    account_ids: [account.id],
    details: [{ account_id: null, text: 'Черновик', pictures: [] }, { account_id: account.id, text: 'Черновик для канала', pictures: [{ file_id: file.id, alt: 'Другая подпись' }] }],
    when: { kind: 'draft' },
  });
  const removed = await old.ok('POST', `/projects/${old.project}/publications`, { account_ids: [], details: [{ account_id: null, text: 'Удалён', pictures: [] }], when: { kind: 'draft' } });
  await old.ok('DELETE', `/projects/${old.project}/publications/${removed.id}`);
  await old.ok('POST', '/projects', { name: 'Второй проект', zone: 'Asia/Yekaterinburg' });
  archive = await takeOut(old);
}, { timeout: 120_000 });
after(async () => {
  await old?.remove();
  await fresh?.remove();
  await bot?.close();
});

// What an archive says, without the numbers of its server: comparable with another server's.
function substance(members) {
  const projects = Object.fromEntries(rows(members, 'projects.json', 'project').map((p) => [p.id, p]));
  const accounts = Object.fromEntries(rows(members, 'accounts.json', 'account').map((a) => [a.id, a]));
  const files = Object.fromEntries(rows(members, 'files.json', 'file').map((f) => [f.id, f]));
  const of = (table) => rows(members, 'publications.json', table);
  const handleOf = (id) => id && JSON.parse(accounts[id].profile).handle;
  const publications = of('publication')
    .filter((p) => !p.deleted_at)
    .map((p) => ({
      project: projects[p.project_id].name,
      wall_time: p.wall_time,
      zone: p.zone,
      instant: p.instant,
      late_policy: p.late_policy,
      created_at: p.created_at,
      accounts: of('publication_account').filter((a) => a.publication_id === p.id).map((a) => handleOf(a.account_id)),
      details: of('detail')
        .filter((d) => d.publication_id === p.id)
        .map((d) => ({
          account: handleOf(d.account_id),
          text: d.content,
          pictures: of('detail_picture').filter((one) => one.detail_id === d.id).map((one) => ({ alt: one.alt, name: files[one.file_id].name })),
        })),
      posts: of('delivery').filter((d) => d.publication_id === p.id && d.state === 'published').map(({ remote_id, permalink, sent_at, due }) => ({ remote_id, permalink, sent_at, due })),
    }));
  const person = rows(members, 'person.json', 'person')[0];
  return {
    person: { email: person.email, locale: person.locale, theme: person.theme },
    projects: Object.values(projects).map(({ name, zone, created_at }) => ({ name, zone, created_at })),
    accounts: Object.values(accounts).map((a) => ({ channel: a.channel, connected_at: a.connected_at, ...JSON.parse(a.profile), more: {} })),
    files: Object.values(files).map(({ name, mime, width, height, created_at, original_blob }) => ({ name, mime, width, height, created_at, sha256: sha256(members[`media/${original_blob}.png`]) })),
    publications,
  };
}

// The same, but for the own project that every server here begins with.
const without = (all, project) => ({ ...all, projects: all.projects.filter((p, n) => !(p.name === project && n === 0)) });

test('export, import elsewhere, export again: the same', { timeout: 120_000 }, async () => {
  const done = await takeIn(fresh, archive.zip);
  assert.equal(done.state, 'done', JSON.stringify(done.problem));
  assert.deepEqual(done.taken, { projects: 2, publications: 3, pictures: 1, accounts: 1 });
  const again = await takeOut(fresh);
  assert.deepEqual(without(substance(again.members), 'Сойка'), substance(archive.members));
});

test('what came is there to work with: drafts, a history that nobody sends again, and an account that asks to be connected', async () => {
  const { items } = await fresh.ok('GET', '/projects');
  const project = items.filter((p) => p.name === 'Сойка').at(-1).id;
  assert.notEqual(project, fresh.project);
  const [account] = (await fresh.ok('GET', `/projects/${project}/accounts`)).items;
  assert.equal(account.state, 'needs_reconnect');
  assert.equal(account.problem.code, 'account.brought');
  const cards = (await fresh.ok('GET', `/projects/${project}/publications`)).items;
  assert.deepEqual(cards.map((c) => [c.excerpt, c.status]).sort(), [['Запланирован', 'draft'], ['Уже вышел', 'published'], ['Черновик', 'draft']].sort());
  const sent = bot.oracle.length;
  const out = await fresh.ok('GET', `/projects/${project}/publications/${cards.find((c) => c.status === 'published').id}`);
  assert.match(out.deliveries[0].permalink, /^https:\/\/t\.me\/soyka_coffee\//);
  assert.equal(out.deliveries[0].events.at(-1).code, 'brought');
  const picture = await fetch(fresh.url + out.files[0].url, { headers: { Cookie: fresh.cookie } });
  assert.equal(picture.status, 200);
  await fresh.ok('POST', `/projects/${project}/accounts/${account.id}/reconnect`, { channel: 'telegram', token, chat: '@soyka_coffee' });
  assert.equal((await fresh.ok('GET', `/projects/${project}/accounts`)).items[0].state, 'connected');
  assert.equal(bot.oracle.length, sent, 'nothing was sent by taking in or connecting');
});

describe('what is no archive of this person', () => {
  const text = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  // The archive with some members replaced, added or (null) left out, and a manifest that fits unless it is given.
  function changed(changes, { manifest = {}, entries = [], more = [] } = {}) {
    const members = { ...archive.members, ...changes };
    for (const name of Object.keys(members)) if (members[name] === null || name === 'manifest.json') delete members[name];
    const listed = Object.entries(members).map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) }));
    const head = { ...json(archive.members['manifest.json']), members: [...listed, ...more], ...manifest };
    return pack([...Object.entries(members).map(([name, bytes]) => ({ name, bytes })), ...entries, { name: 'manifest.json', bytes: text(head) }]);
  }
  const edited = (file, edit) => {
    const lines = json(archive.members[file]);
    edit(lines);
    return { [file]: text(`[\n${lines.map((line) => JSON.stringify(line)).join(',\n')}\n]\n`) };
  };
  const editRow = (file, table, edit) => edited(file, (lines) => edit(lines.find((line) => line.table === table).row));
  const hostile = (name) => ({ entries: [{ name, bytes: text('x') }] });
  const cases = [
    ['no ZIP at all', () => Buffer.from('this is no archive'.repeat(10)), 'import.not_a_zip'],
    ['half an archive', () => archive.zip.subarray(0, archive.zip.length >> 1), 'import.not_a_zip'],
    ['another ZIP', () => pack([{ name: 'README.en.txt', bytes: text('hello') }]), 'import.not_an_export'],
    ['a manifest of something else', () => changed({}, { manifest: { format: 'other' } }), 'import.not_an_export'],
    ['a form of the future', () => changed({}, { manifest: { version: 2 } }), 'import.version'],
    ['a path out of the folder', () => changed({}, hostile('../../etc/cron.d/x')), 'import.path'],
    ['an absolute path', () => changed({}, hostile('/etc/passwd')), 'import.path'],
    ['a path of another system', () => changed({}, hostile('media\\..\\x.png')), 'import.path'],
    ['a path below media', () => changed({}, hostile('media/../x.png')), 'import.path'],
    ['a file that no export has', () => changed({}, hostile('run.sh')), 'import.path'],
    ['a symlink', () => changed({}, { entries: [{ name: 'media/x.png', bytes: text('/etc/passwd'), mode: 0o120777 }] }), 'import.kind'],
    ['a folder', () => changed({}, { entries: [{ name: 'media/x.png', bytes: text(''), mode: 0o040755 }] }), ['import.kind', 'import.path']],
    ['a member twice', () => changed({}, { entries: [{ name: 'person.json', bytes: archive.members['person.json'] }] }), 'import.twice'],
    ['a bomb', () => changed({}, { entries: [{ name: 'media/bomb.png', bytes: Buffer.alloc(160 << 20) }] }), ['import.bomb', 'import.too_large']],
    ['a wrong hash', () => changed({}, { manifest: { members: json(archive.members['manifest.json']).members.map((m) => ({ ...m, sha256: '0'.repeat(64) })) } }), 'import.damaged'],
    ['a member that the manifest does not name', () => changed({}, { entries: [{ name: 'extra.json', bytes: text('[\n]\n') }] }), 'import.damaged'],
    ['a named member that is not there', () => changed({}, { more: [{ name: 'gone.json', bytes: 1, sha256: 'x' }] }), 'import.damaged'],
    ['a picture that is missing', () => changed(Object.fromEntries(Object.keys(archive.members).filter((n) => n.startsWith('media/')).map((n) => [n, null]))), 'import.damaged'],
    ['a picture that is none', () => changed(Object.fromEntries(Object.keys(archive.members).filter((n) => n.startsWith('media/')).map((n) => [n, text('<svg onload=alert(1)>')]))), 'picture.format'],
    ['an archive of somebody else', () => changed(editRow('person.json', 'person', (row) => (row.email = 'other@example.org'))), 'import.other_person'],
    ['a publication of a foreign project', () => changed(editRow('publications.json', 'publication', (row) => (row.project_id = 1_000_000))), 'import.foreign_id'],
    ['a text of a foreign account', () => changed(edited('publications.json', (lines) => (lines.find((l) => l.table === 'detail' && l.row.account_id).row.account_id = 424_242))), 'import.foreign_id'],
    ['a picture of a foreign number', () => changed(editRow('publications.json', 'detail_picture', (row) => (row.file_id = 424_242))), 'import.foreign_id'],
    ['a file of a foreign project', () => changed(editRow('files.json', 'file', (row) => (row.project_id = 424_242))), 'import.foreign_id'],
    ['an account of a foreign project', () => changed(editRow('accounts.json', 'account', (row) => (row.project_id = 424_242))), 'import.foreign_id'],
    ['a link that is a script', () => changed(editRow('publications.json', 'delivery', (row) => (row.permalink = 'javascript:alert(1)'))), 'import.row'],
    ['a profile that leads to a script', () => changed(editRow('accounts.json', 'account', (row) => (row.profile = row.profile.replace('https://t.me', 'javascript:')))), 'import.row'],
    ['a channel that is not known here', () => changed(editRow('accounts.json', 'account', (row) => (row.channel = 'myspace'))), 'import.row'],
    ['a number that is a text', () => changed(editRow('publications.json', 'publication', (row) => (row.project_id = '1'))), 'import.row'],
    ['a number below zero', () => changed(editRow('publications.json', 'detail_picture', (row) => (row.position = -1))), 'import.row'],
    ['a zone that does not exist', () => changed(editRow('projects.json', 'project', (row) => (row.zone = 'Mars/Olympus'))), 'import.row'],
    ['a project without a name', () => changed(editRow('projects.json', 'project', (row) => (row.name = '  '))), 'import.row'],
    ['two posts of one name', () => changed(edited('publications.json', (lines) => lines.push({ table: 'delivery', row: { ...lines.find((l) => l.table === 'delivery' && l.row.remote_id).row, id: 99 } }))), 'import.row'],
    ['rows that are no JSON', () => changed({ 'publications.json': text('[\n{"table": "publication", "row": {]\n') }), 'import.row'],
    ['a nesting bomb', () => changed({ 'publications.json': text(`[\n${'['.repeat(100_000)}\n]\n`) }), 'import.row'],
    ['a line without end', () => changed({ 'publications.json': text(`[\n"${'x'.repeat(5 << 20)}"\n]`) }), 'import.row'],
  ];

  const all = () => Promise.all(['/projects', '/session'].map((route) => fresh.ok('GET', route)));
  const media = () => readdirSync(path.join(fresh.data, 'media'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => one.name).sort();
  const lying = () => readdirSync(path.join(fresh.data, 'imports'));

  for (const [what, make, code] of cases) {
    test(`${what} is refused, and nothing of it stays`, { timeout: 60_000 }, async () => {
      const before = [await all(), media()];
      const row = await takeIn(fresh, make());
      assert.equal(row.state, 'failed', JSON.stringify(row));
      assert.ok([code].flat().includes(row.problem.code), `${row.problem.code} ${JSON.stringify(row.problem.params)}`);
      assert.ok(row.problem.how_to_fix);
      assert.deepEqual([await all(), media()], before);
      await eventually('what was sent is gone', () => lying().length === 0);
    });
  }

  test('pieces are taken in their order and size only, from their person only', async () => {
    const call = (route, method, body, cookie = fresh.cookie) =>
      fetch(`${fresh.url}/api/v1/me/imports${route}`, { method, body, headers: { 'X-Requested-With': 'postmypost', 'Content-Type': 'application/json', ...(cookie && { Cookie: cookie }) } }).then(async (r) => ({ status: r.status, code: (await r.json()).code }));
    for (const bytes of [0, -1, 2 ** 40]) assert.equal((await call('', 'POST', JSON.stringify({ bytes }))).code, 'import.size', bytes);
    const row = await fresh.ok('POST', '/me/imports', { bytes: 100 });
    const piece = (n, size, cookie) => call(`/${row.id}/pieces/${n}`, 'PUT', Buffer.alloc(size), cookie);
    assert.equal((await piece(1, 100)).code, 'import.piece');
    assert.equal((await piece(0, 99)).code, 'import.piece');
    assert.equal((await piece(0, 101)).code, 'import.piece');
    assert.equal((await piece(0, 100, '')).status, 401);
    assert.equal((await call(`/${row.id}/submit`, 'POST')).code, 'import.incomplete');
    assert.equal((await call('/424242/pieces/0', 'PUT', Buffer.alloc(100))).code, 'import.not_found');
    await sendPiece(fresh, row, Buffer.alloc(100));
    assert.equal((await piece(1, 1)).code, 'import.piece', 'it is whole');
    await fresh.ok('DELETE', `/me/imports/${row.id}`);
    assert.equal((await call(`/${row.id}/submit`, 'POST')).code, 'import.not_receiving');
    assert.deepEqual(lying(), []);
  });
});

describe('a server that is killed in the middle', () => {
  for (const point of ['import.row:3', 'import.row:8', 'import.filled:1']) {
    test(`at ${point} takes all of it after its start, once`, { timeout: 60_000 }, async () => {
      const before = (await fresh.ok('GET', '/projects')).items.length;
      await fresh.stop();
      await fresh.start({ POSTMYPOST_FAULT: point });
      const row = await fresh.ok('POST', '/me/imports', { bytes: archive.zip.length });
      await sendPiece(fresh, row, archive.zip);
      await fresh.ok('POST', `/me/imports/${row.id}/submit`).catch(() => null);
      await fresh.ended;
      const media = () => readdirSync(path.join(fresh.data, 'media'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length;
      await fresh.start();
      const done = await imported(fresh, row.id);
      assert.equal(done.state, 'done', JSON.stringify(done.problem));
      const { items } = await fresh.ok('GET', '/projects');
      assert.equal(items.length, before + 2);
      const { members } = await takeOut(fresh);
      assert.equal(rows(members, 'files.json', 'file').length * 2, media(), 'no picture lies there without its row');
    });
  }
});
