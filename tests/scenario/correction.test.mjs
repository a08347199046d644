// Clause 4.1: whatever a person gave, they change at once, and the old value is nowhere: not in the answer, not in any file of the data
// folder, not in an export. Which columns there are is read from the registry, so that a new one asks for its line here.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { password, takeOut } from './support/archive.mjs';
import { declared } from './support/registry.mjs';
import { png } from './support/png.mjs';
import { Server } from './support/server.mjs';
import { Vendor } from './support/vendor.mjs';

let server;
let file;
let page;
let draft;
let vendor;

before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  page = await server.ownPage();
  vendor = await Vendor.of(server);
  file = await server.upload(png());
  draft = await saveDraft('Первый черновик', 'Первая подпись');
});
after(() => server?.remove());

function saveDraft(text, alt, id, version) {
  const body = { account_ids: [], details: [{ account_id: null, text, pictures: [{ file_id: file.id, alt }] }], when: { kind: 'draft' }, ...(id && { version }) };
  return id ? server.ok('PUT', `/projects/${server.project}/publications/${id}`, body) : server.ok('POST', `/projects/${server.project}/publications`, body);
}
const me = async () => (await server.ok('GET', '/session')).user;
const stored = async () => server.publication(draft.id);

// What is given and changed by the person, column by column: how, and how it is read back. `words` are values that are looked for as text;
// where there is none, the column has one of a few fixed values.
const editable = {
  'person.name': { words: true, change: (value) => server.ok('PATCH', '/me', { name: value }), read: async () => (await me()).name },
  'person.email': {
    words: true,
    make: (value) => `${value}@example.org`,
    change: (value) => server.ok('POST', '/me/email', { email: value, password }),
    read: async () => (await me()).email,
  },
  'person.locale': { values: ['en', 'ru'], change: (value) => server.ok('PATCH', '/me', { locale: value }), read: async () => (await me()).locale },
  'person.theme': { values: ['dark', 'light'], change: (value) => server.ok('PATCH', '/me', { theme: value }), read: async () => (await me()).theme },
  'project.name': { words: true, change: (value) => server.ok('PATCH', `/projects/${server.project}`, { name: value }), read: async () => (await server.ok('GET', `/projects/${server.project}`)).name },
  'project.zone': { values: ['Asia/Tokyo', 'Europe/Berlin'], change: (value) => server.ok('PATCH', `/projects/${server.project}`, { zone: value }), read: async () => (await server.ok('GET', `/projects/${server.project}`)).zone },
  'detail.content': {
    words: true,
    change: async (value) => (draft = await saveDraft(value, (await stored()).details[0].pictures[0].alt, draft.id, (await stored()).version)),
    read: async () => (await stored()).details[0].text,
  },
  'detail_picture.alt': {
    words: true,
    change: async (value) => (draft = await saveDraft((await stored()).details[0].text, value, draft.id, (await stored()).version)),
    read: async () => (await stored()).details[0].pictures[0].alt,
  },
  'page.title': { words: true, change: (value) => server.ok('PATCH', `/projects/${server.project}/accounts/${page.id}`, { title: value }), read: async () => (await server.ok('GET', `/projects/${server.project}/accounts/${page.id}`)).title },
};

// What only integrations plan yet is changed by them.
let planned;
const replaceDetail = async (member, value) => {
  const body = { post_at: '2030-01-01T12:00:00Z', account_ids: [page.id], publication_status: 4, details: [{ publication_type: 1, content: 'x', [member]: value }] };
  planned = planned ? await vendor.ok('PUT', `/publications/${planned.id}`, body) : await vendor.ok('POST', '/publications', { ...body, project_id: server.project });
};
for (const [column, member] of [['link', 'link'], ['title', 'title'], ['first_comment', 'comment'], ['options', 'nsfw']]) {
  editable[`detail.${column}`] = {
    words: column !== 'options',
    ...(column === 'options' ? { values: [true, false] } : { make: (value) => (column === 'link' ? `https://example.org/${value}` : value) }),
    change: (value) => replaceDetail(member, value),
    read: async () => (await vendor.ok('GET', `/publications/${planned.id}`)).details[0][member],
  };
}
let rubric;
editable['rubric.name'] = {
  words: true,
  change: async (name) => (rubric = rubric ? await server.ok('PATCH', `/projects/${server.project}/rubrics/${rubric.id}`, { name }) : await server.ok('POST', `/projects/${server.project}/rubrics`, { name })),
  read: async () => (await server.ok('GET', `/projects/${server.project}/rubrics`)).items[0].name,
};

// Given by the person and not changed in place, with the reason.
const fixed = {
  'person.email_index': 'follows the address',
  'file.name': 'a picture is taken out and put in again',
  'upload.name': 'begun anew with another name; goes a month after its end',
  'upload.source': 'begun anew with another address; goes a month after its end',
  'publication.language': 'follows the language of the cabinet when a publication is saved',
  'page.handle': 'stays taken, so that old links never show somebody else',
  'page.language': 'chosen when the page is made',
  'page_entry.published_at': 'when it was published',
  'page_entry.content': 'published: the page is closed, or the post is published anew',
  'page_picture.alt': 'published with its post',
  'letter.address': 'a copy, until the letter is sent',
  'letter.locale': 'follows the language of the cabinet when a letter is written',
  'letter_link.address': 'where a link was sent, until it is used',
  'setting.value': 'the operator changes it on the page of the server',
};

const given = ['name', 'email', 'preference', 'content', 'published'];
const columns = declared
  .filter((one) => one.medium === 'column' && one.personal && given.includes(one.personal.category) && one.personal.kept !== 'hashed')
  .flatMap((one) => one.names);
// A text that goes to support is correspondence; requests, incidents and digests are records of others.
const isRecord = (column) => /^(ticket|notice|legal|incident|choice|destruction|stored_answer|delivery|attempt)/.test(column);

test('every column that a person fills is changed by them, or says why not', () => {
  const undecided = columns.filter((column) => !editable[column] && !fixed[column] && !isRecord(column));
  assert.deepEqual(undecided, []);
  assert.deepEqual(Object.keys(editable).filter((column) => !columns.includes(column)), [], 'a column that is no more');
});

// Every file below the data folder, as it lies; the database's own log too.
function holds(value) {
  const wanted = [Buffer.from(value), Buffer.from(value, 'utf16le')];
  const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? walk(path.join(folder, one.name)) : [path.join(folder, one.name)]));
  return walk(server.data).filter((name) => statSync(name).isFile() && wanted.some((bytes) => readFileSync(name).includes(bytes)));
}

describe('a value that was changed', () => {
  for (const [column, { words, values, make = (value) => value, change, read }] of Object.entries(editable)) {
    test(`${column} is the new one at once, and the old one is nowhere`, async () => {
      const [first, second] = values ?? ['', ''].map((_, n) => make(`canary${column.replace(/\W|_/g, '')}${n}${Math.random().toString(36).slice(2, 10)}`));
      await change(first);
      assert.equal(await read(), first);
      await change(second);
      assert.equal(await read(), second);
      if (!words) return;
      const { members } = await takeOut(server);
      const whole = Buffer.concat(Object.values(members));
      assert.ok(whole.includes(second), 'the export has the new one');
      assert.ok(!whole.includes(first), 'and not the old one');
      if (!server.database) assert.deepEqual(holds(first), [], 'no file of the data folder');
    });
  }
});

describe('another address', () => {
  const change = (body) => server.call('POST', '/api/v1/me/email', body);

  test('takes the password, a shape of an address, and none that is somebody else’s', async () => {
    assert.equal((await change({ email: 'x@example.org', password: 'not this one' })).json.code, 'password.current_wrong');
    assert.equal((await change({ email: 'no address', password })).json.code, 'email.form');
    const { link } = await server.ok('POST', '/invitations', {});
    const mine = server.cookie;
    server.cookie = undefined;
    const other = await server.signUp(link);
    server.cookie = mine;
    assert.equal((await change({ email: other.email.toUpperCase(), password })).json.code, 'email.not_possible');
  });

  test('ends the other sessions, signs in, and says how it was confirmed', async () => {
    const before = await me();
    const mine = server.cookie;
    await server.ok('POST', '/session', { email: before.email, password });
    const elsewhere = server.cookie;
    server.cookie = mine;
    const changed = await server.ok('POST', '/me/email', { email: 'Neue.Adresse@Example.org', password });
    assert.equal(changed.email, 'neue.adresse@example.org');
    assert.equal(changed.email_confirmed_by, 'self');
    assert.equal((await server.ok('GET', '/me/sessions')).items.length, 1);
    server.cookie = elsewhere;
    assert.equal((await server.call('GET', '/api/v1/session')).status, 401);
    assert.equal((await server.call('POST', '/api/v1/session', { email: before.email, password })).json.code, 'signin.wrong');
    await server.ok('POST', '/session', { email: 'neue.adresse@example.org', password });
  });
});
