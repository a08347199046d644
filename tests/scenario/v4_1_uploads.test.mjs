// Uploads and bad input of /v4.1: nothing half-done, each refusal precise and in this API's shape.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startMastodon } from '../networks/mastodon.mjs';
import { startTelegram, token } from '../networks/telegram.mjs';
import { png } from './support/png.mjs';
import { eventually, freePort, Server, sleep } from './support/server.mjs';
import { Vendor } from './support/vendor.mjs';

let server;
let vendor;
let project;
let page;
let site; // where pictures are fetched from
let requests;
let answer; // what it does with a request
const picture = png(64, 48, 30);

before(async () => {
  site = http.createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  requests = [];
  server = await Server.create({ flags: ['--egress-allow', `127.0.0.1:${site.address().port}`] });
  await server.start();
  await server.setUp();
  project = server.project;
  page = await server.ownPage();
  vendor = await Vendor.of(server);
});
after(async () => {
  await server?.remove();
  site?.closeAllConnections();
  site?.close();
});

const init = (more) => vendor.call('POST', '/upload/init', { project_id: project, ...more });
const byFile = async (bytes, name = 'a.png') => (await init({ name, size: bytes.length })).json;
const at = (path) => `http://127.0.0.1:${site.address().port}${path}`;
const files = () => server.count('select count(*) from file where deleted_at is null');
const isError = (response, status, part) => {
  assert.equal(response.status, status, response.text);
  const { name, message, code, status: repeated } = response.json;
  assert.ok(name && message);
  assert.deepEqual([code, repeated], [0, status]);
  if (part) assert.match(message, part);
};

describe('by file', () => {
  test('exactly one of the variants; sizes that there are', async () => {
    isError(await init({ url: at('/a.png'), name: 'a.png', size: 5 }), 422, /^url: /);
    isError(await init({}), 422, /^url: /);
    isError(await init({ name: 'a.png' }), 422, /^size: /);
    isError(await init({ size: 5 }), 422, /^name: /);
    isError(await init({ name: 'a.png', size: 0 }), 422, /^size: /);
    isError(await init({ name: 'a.png', size: 1e11 }), 422, /^size: /);
    isError(await init({ name: 'a.png', size: '5' }), 422, /^size: /);
    isError(await vendor.call('POST', '/upload/init', { project_id: 999999, name: 'a.png', size: 5 }), 422, /^project_id: /);
    const merged = await init({ url: null, name: 'a.png', size: 5 });
    assert.deepEqual(Object.keys(merged.json), ['id', 'name', 'size', 'action', 'fields', 'status'], 'no url in this answer');
    assert.equal(merged.json.status, 5);
    assert.ok(merged.json.id > 8e12, 'a number that no file has');
  });

  test('fields first, then the file, then it is asked for', async () => {
    const made = await byFile(picture);
    assert.deepEqual(await vendor.status(made.id), { id: made.id, status: 5 });
    isError(await vendor.call('POST', `/upload/complete?id=${made.id}`), 422);
    assert.equal((await vendor.sendForm(made, picture)).status, 204);
    assert.equal((await vendor.status(made.id)).status, 4);
    const done = await fetch(`${vendor.base}/upload/complete?id=${made.id}`, {
      method: 'POST', headers: { Authorization: `Bearer ${vendor.token}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    assert.deepEqual([done.status, await done.json()], [200, { id: made.id, status: 3 }]);
    const ended = await vendor.ended(made.id);
    assert.equal(ended.status, 1);
    assert.ok(ended.file_id < 1e6);
    assert.deepEqual((await vendor.ok('POST', '/upload/complete', { id: made.id })), { id: made.id, status: 1 }, 'the id in a body; a second time');
    assert.equal((await vendor.sendForm(made, picture)).status, 403, 'the form is used up');
  });

  test('a body of chunks is taken as well', async () => {
    const made = await byFile(picture);
    const line = '----chunks';
    const parts = made.fields.map(({ key, value }) => `--${line}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`);
    const head = Buffer.from(`${parts.join('')}--${line}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: application/octet-stream\r\n\r\n`);
    const sent = await fetch(made.action, {
      method: 'POST', duplex: 'half', headers: { 'Content-Type': `multipart/form-data; boundary=${line}` },
      body: new ReadableStream({ start(stream) { for (const piece of [head, picture, Buffer.from(`\r\n--${line}--\r\n`)]) stream.enqueue(piece); stream.close(); } }),
    });
    assert.equal(sent.status, 204, await sent.text());
  });

  test('names of any script and of any malice are labels, nothing more', async () => {
    for (const name of ['картинка 🐦.png', '../../etc/passwd', 'a\u0000b.png', '"; filename="x', '<script>.png', 'con', '.'.repeat(500)]) {
      const made = (await init({ name, size: picture.length })).json;
      assert.equal((await vendor.sendForm(made, picture, 'файл\\..\\x.png')).status, 204, name);
      await vendor.ok('POST', `/upload/complete?id=${made.id}`);
      assert.equal((await vendor.ended(made.id)).status, 1, name);
    }
    isError(await init({ name: ' \n ', size: 5 }), 422, /^name: /);
  });

  test('more than was announced, wrong fields and no picture leave nothing', async () => {
    const before = await files();
    const small = (await init({ name: 'a.png', size: picture.length - 1 })).json;
    const sent = await vendor.sendForm(small, picture);
    assert.equal(sent.status, 413, sent.text);
    assert.equal(JSON.parse(sent.text).status, 413);
    assert.equal((await vendor.status(small.id)).status, 5, 'as if nothing had come');
    const other = await byFile(picture);
    for (const change of [
      (fields) => fields.map((one) => (one.key === 'token' ? { ...one, value: '0'.repeat(64) } : one)),
      (fields) => fields.map((one) => (one.key === 'expires' ? { ...one, value: '9999999999' } : one)),
      (fields) => fields.map((one) => (one.key === 'key' ? { ...one, value: small.fields[0].value } : one)),
    ]) {
      assert.equal((await vendor.sendForm({ ...other, fields: change(other.fields) }, picture)).status, 403);
    }
    assert.equal((await vendor.sendForm({ ...other, fields: other.fields.slice(1) }, picture)).status, 400);
    assert.equal((await vendor.sendForm({ ...other, fields: [...other.fields, { key: 'acl', value: 'public' }] }, picture)).status, 400);
    const form = new FormData();
    form.append('file', new Blob([picture]), 'a.png');
    for (const { key, value } of other.fields) form.append(key, value);
    assert.equal((await fetch(other.action, { method: 'POST', body: form })).status, 400, 'the file is the last part');
    const text = Buffer.from('This is no picture at all.');
    const none = await byFile(text, 'a.png');
    assert.equal((await vendor.sendForm(none, text)).status, 204);
    await vendor.ok('POST', `/upload/complete?id=${none.id}`);
    const ended = await vendor.ended(none.id);
    assert.equal(ended.status, 2);
    assert.ok(ended.error.length > 0);
    assert.ok(!('file_id' in ended));
    assert.equal(await files(), before);
  });

  test('a form that is too late is refused, and what was never asked for goes', async () => {
    const late = await byFile(picture);
    const forgotten = await byFile(picture);
    await vendor.sendForm(forgotten, picture);
    const before = await files();
    await server.stop();
    await server.change(`update upload set expires_at = expires_at - 90000000000 where id in (${late.id}, ${forgotten.id})`);
    await server.start();
    await eventually('both ended', async () => (await vendor.status(late.id)).status === 2 && (await vendor.status(forgotten.id)).status === 2);
    assert.equal((await vendor.sendForm(late, picture)).status, 403);
    assert.equal(await files(), before - 1);
  });

  test('what was asked for becomes a file although the server was killed', async () => {
    const made = await byFile(picture);
    await vendor.sendForm(made, picture);
    await vendor.ok('POST', `/upload/complete?id=${made.id}`);
    await server.stop('SIGKILL');
    await server.start();
    assert.equal((await vendor.ended(made.id)).status, 1);
  });

  test('a file of another project is not there', async () => {
    const id = await vendor.upload(picture);
    const other = (await server.ok('POST', '/projects', { name: 'Другой', zone: 'UTC' })).id;
    const elsewhere = await server.ok('POST', `/projects/${other}/accounts`, { channel: 'own_page', handle: 'elsewhere', title: 'Другая', acknowledged_public: true });
    const sent = { post_at: `${new Date().getUTCFullYear() + 2}-01-01T00:00:00Z`, publication_status: 5, details: [{ publication_type: 1, file_ids: [id] }] };
    isError(await vendor.call('POST', '/publications', { ...sent, project_id: other, account_ids: [elsewhere.id] }), 422, /^details\[0\]\.file_ids\[0\]: /);
    const made = await vendor.ok('POST', '/publications', { ...sent, project_id: project, account_ids: [page.id] });
    assert.equal(made.details[0].files[0].id, id);
  });
});

test('two files and two accounts: published with both pictures, each with its permalink', async (t) => {
  const bot = await startTelegram();
  const instance = await startMastodon();
  const w = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`, '--egress-allow', `127.0.0.1:${instance.port}`] });
  t.after(async () => (await w.remove(), await bot.close(), await instance.close()));
  await w.start();
  await w.setUp();
  const telegram = await w.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  const { redirect } = await w.connect({ channel: 'mastodon', instance: instance.url });
  const query = new URL((await fetch(redirect, { redirect: 'manual' })).headers.get('location')).searchParams;
  const mastodon = await w.ok('POST', '/connect/return', { code: query.get('code'), state: query.get('state') });
  const client = await Vendor.of(w);
  const ids = [await client.upload(png(320, 240, 10), 'раз.png'), await client.upload(png(200, 100, 90), 'deux “é”.png')];
  const made = await client.ok('POST', '/publications', {
    project_id: w.project, post_at: new Date().toISOString(), account_ids: [telegram.id, mastodon.id], publication_status: 5,
    details: [{ account_id: telegram.id, publication_type: 1, content: 'Две картинки', file_ids: ids }, { account_id: mastodon.id, publication_type: 1, file_ids: [ids[1]] }],
  });
  const done = await client.settled(made.id);
  assert.equal(done.publication_status, 1, JSON.stringify(done.posts));
  for (const post of done.posts) assert.ok(post.url.startsWith('http'), post.url);
  assert.deepEqual([bot.oracle[0].text, bot.oracle[0].pictures, instance.oracle[0].pictures], ['Две картинки', 2, 1]);
  assert.deepEqual(done.details[0].files.map((file) => file.id), ids);
  const original = await fetch(done.details[0].files[0].original, { headers: { Authorization: `Bearer ${client.token}` } });
  assert.deepEqual([original.status, original.headers.get('content-type')], [200, 'image/png']);
  const today = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10);
  const { data } = await client.ok('GET', `/analytics/publications?project_id=${w.project}&account_id=${mastodon.id}&date_from=${today}&date_to=${today}`);
  const [{ type, image, preview }] = data[0].attaches;
  assert.deepEqual([type, image.width, image.height, typeof preview.url], ['image', 200, 100, 'string']);
});

describe('by address', () => {
  const fetched = async (path) => {
    const made = await init({ url: at(path) });
    assert.equal(made.status, 200, made.text);
    assert.deepEqual(made.json, { id: made.json.id, url: at(path), size: 0, status: 5 });
    return vendor.ended(made.json.id, 90_000);
  };

  test('a picture behind redirects, without an extension and with a long signature, becomes a file', async () => {
    answer = (request, response) => {
      if (request.url.startsWith('/first')) response.writeHead(302, { Location: `/second?signature=${'a%2F'.repeat(300)}` }).end();
      else response.writeHead(200, { 'Content-Type': 'text/plain' }).end(picture);
    };
    const ended = await fetched('/first?X-Amz-Signature=abc');
    answer = (_, response) => response.writeHead(200).end(picture);
    assert.equal((await vendor.ended((await init({ url: at('/мёд a.png') })).json.id)).status, 1, 'an address that nobody encoded');
    assert.equal(ended.status, 1, ended.error);
    assert.ok(requests.every((request) => /^Mozilla\//.test(request.headers['user-agent']) && !request.headers.authorization));
    assert.equal(await server.count("select count(*) from disclosure where evidence like 'fetch:%' and recipient_host='127.0.0.1'"), 3, 'each has its row');
  });

  test('a redirect to a private address is refused, and so is one without an end', async () => {
    const forbidden = await freePort();
    let touched = 0;
    const inside = net.createServer(() => (touched += 1)).listen(forbidden, '127.0.0.1');
    for (const location of [`http://127.0.0.1:${forbidden}/secret`, 'http://169.254.169.254/latest/meta-data/', 'https://[::1]/', 'file:///etc/passwd', 'https://user:word@example.org/']) {
      answer = (_, response) => response.writeHead(302, { Location: location }).end();
      const ended = await fetched('/redirect');
      assert.equal(ended.status, 2, location);
    }
    answer = (request, response) => response.writeHead(302, { Location: request.url + 'x' }).end();
    assert.equal((await fetched('/round')).status, 2);
    assert.equal(touched, 0);
    inside.close();
    for (const url of ['ftp://example.org/a.png', 'javascript:1', 'https://user@example.org/a.png', 'https://127.1/a.png', '']) {
      isError(await init({ url }), 422, /^url: /);
    }
  });

  test('lies about size and type, nothing, errors and no picture end with a reason', async () => {
    const before = await files();
    const lies = [
      (response) => response.writeHead(200, { 'Content-Type': 'image/png' }).end('<html>not a picture</html>'),
      (response) => response.writeHead(200, { 'Content-Length': 10_000, 'Content-Type': 'image/png' }).write(picture, () => response.destroy()),
      (response) => response.writeHead(200, { 'Content-Length': 0 }).end(),
      (response) => response.writeHead(404).end('no'),
      (response) => response.writeHead(200, { 'Content-Length': 200_000_000 }).end(picture),
    ];
    for (const [i, lie] of lies.entries()) {
      answer = (_, response) => lie(response);
      const ended = await fetched(`/lie${i}`);
      assert.equal(ended.status, 2, `lie ${i}`);
      assert.ok(ended.error.length > 0);
    }
    assert.equal(await files(), before);
  });

  test('a body without an end is cut off', async () => {
    const piece = Buffer.alloc(1 << 20);
    answer = (_, response) => {
      const more = () => { while (response.write(piece)); };
      response.on('drain', more).on('error', () => {});
      more();
    };
    const ended = await fetched('/endless');
    assert.equal(ended.status, 2);
    assert.match(ended.error, /no end|larger/);
  });

  test('a server that fails is asked again; a killed download goes on', async () => {
    let asked = 0;
    answer = (_, response) => (++asked === 1 ? response.writeHead(503).end() : response.writeHead(200).end(picture));
    assert.equal((await fetched('/flaky')).status, 1);
    let open;
    answer = (_, response) => (open = response);
    const made = (await init({ url: at('/slow') })).json;
    await eventually('it is being read', () => open);
    assert.equal((await vendor.status(made.id)).status, 4);
    isError(await vendor.call('GET', '/upload/status?id=1'), 404);
    assert.deepEqual(await vendor.ok('POST', `/upload/complete?id=${made.id}`), { id: made.id, status: 4 }, 'a nudge does no harm');
    await server.stop('SIGKILL');
    answer = (_, response) => response.writeHead(200).end(picture);
    await server.start();
    assert.equal((await vendor.ended(made.id)).status, 1);
  });
});

describe('bad input', () => {
  const raw = (text) => new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.on('data', (chunk) => (got += chunk)).on('error', reject).on('close', () => resolve(got));
    setTimeout(() => socket.destroy(), 3000);
  });
  const rawError = (got, status) => {
    assert.match(got, new RegExp(`^HTTP/1\\.1 ${status} `), got);
    const json = JSON.parse(got.slice(got.indexOf('\r\n\r\n') + 4));
    assert.deepEqual([json.code, json.status, typeof json.name, typeof json.message], [0, status, 'string', 'string']);
  };

  test('what can’t be read is a 400 with the four fields', async () => {
    for (const text of ['{', '', 'nonsense', '{"project_id":1,"project_id":1}', `${'['.repeat(100)}${']'.repeat(100)}`, `{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
      Buffer.from('{"project_id":1,"name":"\xff\xfe"}', 'latin1')]) {
      isError(await vendor.call('POST', '/publications', text), 400);
    }
    isError(await vendor.call('POST', '/publications', '[]'), 422);
    isError(await vendor.call('POST', '/publications', `"${'a'.repeat((1 << 20) + 10)}"`), 413);
  });

  test('what is refused before any route has this shape too', async () => {
    const head = `POST /v4.1/publications HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${vendor.token}\r\n`;
    rawError(await raw(`${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`), 400);
    rawError(await raw(`${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`), 400);
    rawError(await raw(`GET /v4.1/projects HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`), 400);
    rawError(await raw(`GET /v4.1/projects?x=%ff HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`), 400);
    rawError(await raw(`GET /v4.1/projects HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`), 400);
    const other = await raw(`POST /v4.1/publications HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
    rawError(other, 421);
    const ours = await raw(`POST /api/v1/projects HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`);
    assert.match(ours, /application\/problem\+json/, 'elsewhere it is a problem as ever');
    await sleep(0);
  });
});
