// What the program says it keeps, against what it leaves behind: files, cookies, lines of the log, reads of sealed values.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { png } from './support/png.mjs';
import { declared, isDeclared, ask } from './support/registry.mjs';
import { Server } from './support/server.mjs';

let server;
const cookies = new Set();
before(async () => {
  server = await Server.create();
  const call = server.call.bind(server);
  server.call = async (...request) => {
    const answer = await call(...request);
    for (const line of answer.headers.getSetCookie()) cookies.add(line.split('=')[0]);
    return answer;
  };
  await server.start();
  await server.setUp();
  const page = await server.ownPage();
  const file = await server.upload(png());
  const made = await server.publish(page, 'Новая обжарка', { pictures: [{ file_id: file.id, alt: 'Склоны' }] });
  await server.delivery(made.id, ['published']);
});
after(() => server.remove());

async function undeclaredFiles() {
  const found = [];
  for (const entry of await readdir(server.data, { recursive: true, withFileTypes: true })) {
    const name = path.relative(server.data, path.join(entry.parentPath, entry.name));
    if (!entry.isDirectory() && !isDeclared('file', name)) found.push(name);
  }
  return found;
}

test('every file of the data folder is declared, while the server runs and after it', async () => {
  const all = await readdir(server.data, { recursive: true });
  for (const name of ['master.key', 'keys.sqlite', 'command.sock', path.join('journal', 'journal-000001')]) assert.ok(all.includes(name), name);
  assert.deepEqual(await undeclaredFiles(), []);
  await server.stop();
  assert.deepEqual(await undeclaredFiles(), []);
  await server.start();
});

test('what is declared sealed is sealed', () => {
  if (process.env.POSTMYPOST_TEST_STORE === 'postgresql') return; // the file of SQLite is read; what is sealed does not differ
  const database = new DatabaseSync(path.join(server.data, 'postmypost.sqlite'), { readOnly: true });
  const filled = [];
  for (const one of declared.filter((d) => d.medium === 'column' && d.personal?.kept === 'sealed')) {
    for (const [table, column] of one.names.map((name) => name.split('.'))) {
      const values = database.prepare(`select ${column} as value from ${table} where ${column} is not null`).all();
      for (const { value } of values) assert.ok(value[0] === 2 && value.length >= 41, `${table}.${column} holds no sealed value`);
      if (values.length > 0) filled.push(`${table}.${column}`);
    }
  }
  database.close();
  for (const name of ['person.name', 'person.email', 'session.ip', 'project.name', 'account.profile', 'detail.content', 'detail_picture.alt', 'file.name']) {
    assert.ok(filled.includes(name), `the scenario leaves ${name} empty`);
  }
});

test('a file nobody declared would be seen', () => {
  for (const name of ['people.csv', 'media/a/b/c', 'journal/journal-000001/x', 'postmypost.sqlite.bak']) assert.ok(!isDeclared('file', name), name);
});

test('only declared cookies are set', () => {
  assert.deepEqual([...cookies], ['session']);
  assert.ok(isDeclared('cookie', 'session'));
});

test('every line of the log has declared fields only', () => {
  const lines = server.log.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  assert.ok(lines.some((line) => line.event === 'request' && line.path.startsWith('/api/v1/')));
  const fields = new Set(lines.flatMap((line) => Object.keys(line)));
  assert.deepEqual([...fields].filter((field) => !isDeclared('log_field', field)), []);
});

test('the public definition is the personal part of the registry', async () => {
  const { kinds } = await (await fetch(`${server.url}/api/v1/privacy/definition`)).json();
  const shown = kinds.flatMap((kind) => kind.places.map((place) => `${kind.category} ${place.medium} ${place.name}`));
  const kept = declared.filter((one) => one.personal).flatMap((one) => one.names.map((name) => `${one.personal.category} ${one.medium} ${name}`));
  assert.deepEqual(shown.sort(), kept.sort());
  assert.deepEqual(kinds.find((kind) => kind.category === 'email').purposes.map((use) => use.purpose), ['identify', 'cabinet', 'contact', 'legal']);
  assert.ok(kinds.every((kind) => kind.purposes.every((use) => kind.category === 'activity' || !['statistics', 'improve'].includes(use.purpose))));
});

test('reads of sealed values are counted by purpose while the server runs', async () => {
  const count = async () => Number((await ask('--reads', '--data', server.data)).match(/^email +cabinet +(\d+)$/m)?.[1] ?? 0);
  const before = await count();
  await server.ok('GET', '/session');
  assert.equal(await count(), before + 1);
  await server.stop();
  await assert.rejects(ask('--reads', '--data', server.data), /no server works with this data/);
});
