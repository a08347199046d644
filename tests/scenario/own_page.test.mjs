// The main job on the channel that needs nobody else: set up, write with a picture, schedule, read it in the feeds.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { png } from './support/png.mjs';
import { Server, eventually } from './support/server.mjs';

let server;
before(async () => {
  server = await Server.create();
  await server.start();
});
after(() => server.remove());

test('before set-up only the instance, its documents and the set-up answer', async () => {
  assert.equal((await server.call('GET', '/api/v1/instance')).json.set_up, false);
  assert.equal((await server.call('GET', '/api/v1/projects')).json.code, 'setup.needed');
  assert.equal((await server.call('GET', '/api/v1/setup?token=wrong')).json.code, 'setup.link_unknown');
});

test('the set-up link works once and never reaches the log', async () => {
  const token = (await server.setUpLink()).split('#token=')[1];
  await server.setUp();
  assert.ok(!server.log.includes(token));
  const again = await server.call('POST', '/api/v1/setup', { token });
  assert.equal(again.json.code, 'setup.done');
  assert.equal((await server.call('GET', `/api/v1/setup?token=${token}`)).json.code, 'setup.done');
});

test('a post with a picture and a wall time appears on the page and in both feeds, once', async () => {
  const page = await server.ownPage();
  const file = await server.upload(png());
  assert.equal(file.mime, 'image/png');
  const soon = new Date(Date.now() + 2000 + 3 * 3600_000).toISOString().slice(0, 19);
  const made = await server.publish(page, 'Новая обжарка <script>alert(1)</script> https://example.org/a?b=1&c=2', {
    pictures: [{ file_id: file.id, alt: 'Градиент "для" проверки' }],
    when: { kind: 'at', wall_time: soon },
  });
  assert.equal(made.status, 'scheduled');
  const delivery = await server.delivery(made.id, ['published']);
  const html = await (await fetch(delivery.permalink)).text();
  assert.match(html, /class="h-entry/);
  assert.match(html, /alt="Градиент &quot;для&quot; проверки"/);
  assert.ok(!html.includes('<script>'));
  const atom = await (await fetch(`${server.url}/@soyka/feed.atom`)).text();
  assert.equal(atom.split('<entry>').length - 1, 1);
  const feed = await (await fetch(`${server.url}/@soyka/feed.json`)).json();
  assert.equal(feed.items.length, 1);
  assert.equal(feed.items[0].url, delivery.permalink);
  const picture = await fetch(feed.items[0].attachments[0].url);
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.equal((await server.publication(made.id)).disclosures.length, 0, 'nobody else was told anything');
});

test('a page made private answers 410 and its feeds are empty', async () => {
  const [page] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
  await server.ok('PATCH', `/projects/${server.project}/accounts/${page.id}`, { page_visibility: 'private' });
  assert.equal((await fetch(`${server.url}/@soyka`)).status, 410);
  const feed = await fetch(`${server.url}/@soyka/feed.json`);
  assert.equal(feed.status, 410);
  assert.equal((await feed.json()).items.length, 0);
  await server.ok('PATCH', `/projects/${server.project}/accounts/${page.id}`, { page_visibility: 'public' });
  assert.equal((await fetch(`${server.url}/@soyka`)).status, 200);
});

test('the same Idempotency-Key makes one publication, another body under it is refused', async () => {
  const [page] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
  const body = { account_ids: [page.id], details: [{ account_id: null, text: 'Черновик', pictures: [] }], when: { kind: 'draft' } };
  const route = `/projects/${server.project}/publications`;
  const first = await server.ok('POST', route, body, { 'Idempotency-Key': 'k1' });
  const second = await server.ok('POST', route, body, { 'Idempotency-Key': 'k1' });
  assert.equal(first.id, second.id);
  body.details[0].text = 'Другое';
  const third = await server.call('POST', `/api/v1${route}`, body, { 'Idempotency-Key': 'k1' });
  assert.equal(third.json.code, 'request.key_reused');
});

test('wrong times, foreign ids and broken bodies are refused with code, field, rule and fix', async () => {
  const [page] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
  const route = `/api/v1/projects/${server.project}/publications`;
  const body = (when, more = {}) => ({ account_ids: [page.id], details: [{ account_id: null, text: 'т', pictures: [] }], when, ...more });
  const code = async (...call) => (await server.call(...call)).json;
  assert.equal((await code('POST', route, body({ kind: 'at', wall_time: '2020-01-01T10:00' }))).code, 'time.past');
  assert.equal((await code('POST', route, body({ kind: 'at', wall_time: '2027-13-01T10:00' }))).code, 'time.form');
  assert.equal((await code('POST', route, body({ kind: 'at' }))).code, 'time.missing');
  assert.equal((await code('POST', route, body({ kind: 'now' }, { surprise: 1 }))).code, 'json.unknown_field');
  assert.equal((await code('POST', route, body({ kind: 'now' }, { account_ids: [424242] }))).code, 'account.not_found');
  assert.equal((await code('POST', '/api/v1/projects/424242/publications', body({ kind: 'now' }))).code, 'project.not_found');
  const problem = await code('POST', route, body({ kind: 'now' }, { details: [{ account_id: null, text: '', pictures: [] }] }));
  for (const member of ['code', 'field', 'rule', 'how_to_fix', 'request_id']) assert.ok(problem[member], member);
  const raw = (text) =>
    fetch(`${server.url}${route}`, {
      method: 'POST',
      body: text,
      headers: { Cookie: server.cookie, 'X-Requested-With': 'postmypost', 'Content-Type': 'application/json' },
    }).then((r) => r.json());
  assert.equal((await raw('{"when":1,"when":2}')).code, 'json.duplicate_key');
  assert.equal((await raw('{"when":')).code, 'json.malformed');
  assert.equal((await raw('['.repeat(100))).code, 'json.too_deep');
});

test('a wall time in a gap is refused with the two nearest, one in an overlap asks which', async () => {
  const berlin = (await server.ok('POST', '/projects', { name: 'Berlin', zone: 'Europe/Berlin' })).id;
  const check = (wall_time, fold) =>
    server.ok('POST', `/projects/${berlin}/preflight`, {
      account_ids: [],
      details: [{ account_id: null, text: 'т', pictures: [] }],
      when: { kind: 'at', wall_time, ...(fold && { fold }) },
    });
  const finding = (answer, code) => answer.findings.find((f) => f.code === code);
  const gap = finding(await check('2028-03-26T02:30'), 'time.gap');
  assert.equal(gap.params.before, '2028-03-26T01:59:00');
  assert.equal(gap.params.after, '2028-03-26T03:00:00');
  const overlap = finding(await check('2028-10-29T02:30'), 'time.overlap');
  assert.equal(overlap.params.earlier, '2028-10-29T02:30:00+02:00');
  assert.equal((await check('2028-10-29T02:30', 'later')).resolved.offset, '+01:00');
});

test('broken and gigantic pictures are refused, nothing of them stays', async () => {
  const blobs = async () => (await readdir(path.join(server.data, 'media'), { recursive: true })).length;
  const before = await blobs();
  const upload = async (bytes) => {
    const form = new FormData();
    form.append('file', new Blob([bytes]), 'x.png');
    return (await server.call('POST', `/api/v1/projects/${server.project}/files`, form)).json.code;
  };
  const good = png();
  assert.equal(await upload(good.subarray(0, 300)), 'picture.unreadable');
  assert.equal(await upload(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'picture.format');
  const bomb = Buffer.from(good);
  bomb.writeUInt32BE(50_000, 16);
  bomb.writeUInt32BE(50_000, 20);
  assert.match(await upload(bomb), /^picture\.(too_many_pixels|unreadable)$/);
  assert.equal(await blobs(), before);
});

test('an unknown Host is sent to the public address or refused', async () => {
  const { request } = await import('node:http');
  const ask = (method) =>
    new Promise((resolve) => {
      const r = request({ host: '127.0.0.1', port: server.port, method, path: '/api/v1/instance', headers: { Host: 'evil.example' } }, resolve);
      r.end();
    });
  const get = await ask('GET');
  assert.equal(get.statusCode, 308);
  assert.ok(get.headers.location.startsWith(server.url));
  assert.equal((await ask('POST')).statusCode, 421);
});

test('no file of the data folder holds the name, the address or a token in plain', async () => {
  await server.stop();
  const session = server.cookie.split('=')[1];
  for (const name of await readdir(server.data, { recursive: true })) {
    const file = path.join(server.data, name);
    const bytes = await readFile(file).catch(() => null);
    if (!bytes) continue;
    for (const canary of ['canary@example.org', 'Канарейка Тестова', session, 'four unrelated words here']) {
      assert.ok(!bytes.includes(Buffer.from(canary)), `${name} holds ${canary.slice(0, 6)}…`);
    }
  }
  await server.start();
  assert.ok(await eventually('still signed in', async () => (await server.call('GET', '/api/v1/session')).status === 200));
});
