// What a client may rely on when it writes: once under a key, also over a kill; nothing as a dry run; only if unchanged; and how
// often it may ask.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { png } from './support/png.mjs';
import { eventually, Server } from './support/server.mjs';

let server, page, base;
const draft = (text) => ({ account_ids: [page.id], details: [{ account_id: null, text, pictures: [] }], when: { kind: 'draft' } });
const count = async () => (await server.ok('GET', `${base}/publications?fields=id`)).items.length;
const write = (method, route, body, headers) => server.call(method, `/api/v1${route}`, body, headers);

before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  page = await server.ownPage();
  base = `/projects/${server.project}`;
});
after(() => server?.remove());

describe('Idempotency-Key', () => {
  test('every kind of write is done once and answers the same again', async () => {
    const key = () => ({ 'Idempotency-Key': randomUUID() });
    const twice = async (method, route, body, status) => {
      const headers = key();
      const first = await write(method, route, body, headers);
      assert.equal(first.status, status, first.text);
      const again = await write(method, route, body, headers);
      assert.equal(again.status, status, again.text);
      assert.equal(again.text, first.text);
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
      return first.json;
    };
    const before = await count();
    const made = await twice('POST', `${base}/publications`, draft('Один раз'), 201);
    assert.equal(await count(), before + 1);
    await twice('PUT', `${base}/publications/${made.id}`, { ...draft('Изменено один раз'), version: made.version }, 200);
    await twice('DELETE', `${base}/publications/${made.id}`, undefined, 204);
    await twice('POST', '/projects', { name: 'Ещё один', zone: 'UTC' }, 201);
    assert.equal((await server.ok('GET', '/projects')).items.filter((one) => one.name === 'Ещё один').length, 1);
    await twice('PATCH', base, { name: 'Сойка' }, 200);
  });

  test('an upload, which reaches outside the database, too', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const picture = png();
    // The same bytes, boundary included: another boundary is another body.
    const body = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'), picture, Buffer.from('\r\n--b--\r\n')]);
    const send = () =>
      fetch(`${server.url}/api/v1${base}/files`, {
        method: 'POST',
        body,
        headers: { ...headers, Cookie: server.cookie, 'X-Requested-With': 'postmypost', 'Content-Type': 'multipart/form-data; boundary=b' },
      }).then((r) => r.json());
    const [first, again] = [await send(), await send()];
    assert.ok(first.id, JSON.stringify(first));
    assert.deepEqual(again, first);
  });

  test('another body, and a key that is none, are refused; a refused write leaves its key free', async () => {
    await server.ok('POST', `${base}/publications`, draft('Первый'), { 'Idempotency-Key': 'one' });
    const other = await write('POST', `${base}/publications`, draft('Второй'), { 'Idempotency-Key': 'one' });
    assert.deepEqual([other.status, other.json.code], [409, 'request.key_reused']);
    for (const bad of ['x'.repeat(256), 'the same'])
      assert.equal((await write('POST', `${base}/publications`, draft('т'), { 'Idempotency-Key': bad })).json.code, 'request.key_form');
    const wrong = { ...draft('т'), when: { kind: 'at', wall_time: '2020-01-01T10:00' } };
    assert.equal((await write('POST', `${base}/publications`, wrong, { 'Idempotency-Key': 'two' })).json.code, 'time.past');
    assert.equal((await write('POST', `${base}/publications`, draft('т'), { 'Idempotency-Key': 'two' })).status, 201);
  });

  test('a key belongs to who used it and to what', async () => {
    const token = (await server.ok('POST', '/me/tokens', { label: 'other' })).token;
    const headers = { 'Idempotency-Key': 'mine' };
    const first = await server.ok('POST', `${base}/publications`, draft('Чей'), headers);
    const other = await fetch(`${server.url}/api/v1${base}/publications`, {
      method: 'POST',
      body: JSON.stringify(draft('Чей')),
      headers: { ...headers, Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    }).then((r) => r.json());
    assert.notEqual(other.id, first.id);
  });

  test('a secret is shown once: repeated, the answer comes without it', async () => {
    const headers = { 'Idempotency-Key': 'token' };
    const first = await server.ok('POST', '/me/tokens', { label: 'once' }, headers);
    assert.match(first.token, /^pmp_/);
    const again = await write('POST', '/me/tokens', { label: 'once' }, headers);
    assert.deepEqual([again.status, again.json.token, again.json.id], [200, null, first.id]);
    const invited = await server.ok('POST', '/invitations', {}, { 'Idempotency-Key': 'invite' });
    const repeated = await server.ok('POST', '/invitations', {}, { 'Idempotency-Key': 'invite' });
    assert.deepEqual([repeated.id, repeated.link], [invited.id, null]);
  });

  test('many at once with one key make one publication', async () => {
    const before = await count();
    const all = await Promise.all(Array.from({ length: 12 }, () => write('POST', `${base}/publications`, draft('Разом'), { 'Idempotency-Key': 'at-once' })));
    assert.deepEqual([...new Set(all.map((one) => `${one.status} ${one.json.id}`))].length, 1, all.map((one) => one.text).join('\n'));
    assert.equal(await count(), before + 1);
  });
});

// The body of what was acknowledged, or null when the server died first.
const attempt = async (body, key) => {
  const died = (failure) => {
    if (failure instanceof TypeError) return null; // the connection broke
    throw failure;
  };
  const answer = await write('POST', `${base}/publications`, body, { 'Idempotency-Key': key }).catch(died);
  if (answer) assert.equal(answer.status, 201, answer.text);
  return answer?.json ?? null;
};

describe('kill -9', () => {
  test('between commit and answer: the repeated request hears the answer it never got', async () => {
    await server.stop();
    await server.start({ POSTMYPOST_FAULT: 'api.committed:1' });
    const before = await server.count('select count(*) from publication');
    assert.equal(await attempt(draft('Ответ потерян'), 'lost'), null);
    await server.ended;
    await server.start();
    const again = await write('POST', `${base}/publications`, draft('Ответ потерян'), { 'Idempotency-Key': 'lost' });
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true']);
    assert.equal(again.json.details[0].text, 'Ответ потерян');
    assert.equal(await server.count('select count(*) from publication'), before + 1);
  });

  test('in the middle of what reaches outside: the repeated request is told that nobody knows', async () => {
    await server.stop();
    await server.start({ POSTMYPOST_FAULT: 'api.took_effect:1' });
    const body = { channel: 'own_page', handle: 'second', title: 'Вторая', acknowledged_public: true };
    await server.ok('POST', `${base}/accounts`, body, { 'Idempotency-Key': 'outside' }).catch(() => null);
    await server.ended;
    await server.start();
    const again = await write('POST', `${base}/accounts`, body, { 'Idempotency-Key': 'outside' });
    assert.equal(again.status, 409);
    assert.ok(['request.outcome_unknown', 'request.under_way'].includes(again.json.code), again.text);
  });

  test('a client that times out and repeats: exactly one publication of each, whenever the server dies', async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `Повтор ${i}`);
    for (const [i, text] of texts.entries()) {
      let made = null;
      const dying = setTimeout(() => server.stop('SIGKILL'), i * 2);
      for (let tries = 0; !made && tries < 50; tries += 1) {
        made = await attempt(draft(text), `repeat-${i}`);
        if (!made) {
          await server.ended;
          await server.start();
        }
      }
      clearTimeout(dying);
      assert.ok(made, text);
      if (server.exited) await server.start();
    }
    const { items } = await server.ok('GET', `${base}/publications?q=${encodeURIComponent('Повтор')}&fields=excerpt`);
    assert.deepEqual(items.map((one) => one.excerpt).sort(), [...texts].sort());
  });
});

describe('a dry run', () => {
  test('answers as if it were done and changes nothing', async () => {
    const before = await count();
    const tried = await write('POST', `${base}/publications?dry_run=true`, draft('Проба'));
    assert.deepEqual([tried.status, tried.headers.get('dry-run'), tried.json.details[0].text], [201, 'true', 'Проба']);
    assert.equal(await count(), before);
    assert.equal((await server.call('GET', `/api/v1${base}/publications/${tried.json.id}`)).status, 404);
  });
  test('refuses what would be refused, and what can’t be tried', async () => {
    const wrong = { ...draft('т'), when: { kind: 'at', wall_time: '2020-01-01T10:00' } };
    assert.equal((await write('POST', `${base}/publications?dry_run=true`, wrong)).json.code, 'time.past');
    assert.equal((await write('POST', `${base}/publications?dry_run=maybe`, draft('т'))).json.code, 'request.dry_run');
    const body = { channel: 'own_page', handle: 'third', title: 'т', acknowledged_public: true };
    assert.equal((await write('POST', `${base}/accounts?dry_run=true`, body)).json.code, 'request.unknown_parameter');
  });
});

describe('ETag and fields', () => {
  test('a change with If-Match goes through only while nothing else did', async () => {
    const made = await server.ok('POST', `${base}/publications`, draft('Версия 1'));
    const route = `${base}/publications/${made.id}`;
    const read = await server.call('GET', `/api/v1${route}`);
    const tag = read.headers.get('etag');
    assert.equal((await server.call('GET', `/api/v1${route}`, undefined, { 'If-None-Match': tag })).status, 304);
    assert.equal((await write('PUT', route, { ...draft('Версия 2'), version: made.version }, { 'If-Match': tag })).status, 200);
    const late = await write('PUT', route, { ...draft('Версия 3'), version: made.version + 1 }, { 'If-Match': tag });
    assert.deepEqual([late.status, late.json.code], [412, 'request.changed']);
    assert.equal((await server.publication(made.id)).details[0].text, 'Версия 2');
    assert.equal((await write('DELETE', route, undefined, { 'If-Match': tag })).status, 412);
    const now = (await server.call('GET', `/api/v1${route}?fields=id`)).headers.get('etag');
    assert.equal((await write('DELETE', route, undefined, { 'If-Match': now })).status, 204);
  });
  test('only the members that were asked for, at any depth', async () => {
    const made = await server.publish(page, 'Поля');
    const { deliveries, ...rest } = await server.ok('GET', `${base}/publications/${made.id}?fields=id,deliveries.account_id`);
    assert.deepEqual([rest, deliveries], [{ id: made.id }, [{ account_id: page.id }]]);
    const list = await server.ok('GET', `${base}/publications?fields=id,status&limit=2`);
    assert.deepEqual(Object.keys(list.items[0]).sort(), ['id', 'status']);
    assert.ok('next_cursor' in list);
    for (const wrong of ['surprise', 'id.deeper', 'deliveries.surprise'])
      assert.equal((await server.call('GET', `/api/v1${base}/publications/${made.id}?fields=${wrong}`)).json.code, 'request.fields');
  });
});

test('several publications at once: all, or none and the one at fault is named', async () => {
  const before = await count();
  const made = await server.ok('POST', `${base}/publications/bulk`, { items: [draft('Первая из трёх'), draft('Вторая'), draft('Третья')] });
  assert.deepEqual(made.items.map((one) => one.details[0].text), ['Первая из трёх', 'Вторая', 'Третья']);
  const refused = await write('POST', `${base}/publications/bulk`, { items: [draft('Хорошая'), { ...draft('Плохая'), account_ids: [424242] }] });
  assert.deepEqual([refused.json.code, refused.json.field], ['account.not_found', '/items/1/account_ids/0']);
  for (const items of [[], Array.from({ length: 51 }, () => draft('т'))]) assert.equal((await write('POST', `${base}/publications/bulk`, { items })).json.code, 'json.length');
  assert.equal(await count(), before + 3);
});

test('stage, rubric, end and the extras of a version are kept until they are named, and taken away by null', async () => {
  const rubric = await server.ok('POST', `${base}/rubrics`, { name: 'Новости' });
  const extras = { kind: 'reels', link: 'https://example.org/a', title: 'Заголовок', first_comment: 'Первый', options: { nsfw: false, tiktok_privacy: 'friends' } };
  const whole = { ...draft('С добавками'), stage: 'template', rubric_id: rubric.id, delete_at: '2031-01-01T10:00:00Z' };
  whole.details[0] = { ...whole.details[0], ...extras };
  const made = await server.ok('POST', `${base}/publications`, whole);
  const shown = ({ details: [one], stage, rubric_id, delete_at }) => ({ ...Object.fromEntries(Object.keys(extras).map((name) => [name, one[name]])), stage, rubric_id, delete_at });
  const kept = shown(made);
  assert.deepEqual({ ...kept, options: { nsfw: kept.options.nsfw, tiktok_privacy: kept.options.tiktok_privacy } }, { ...extras, stage: 'template', rubric_id: rubric.id, delete_at: '2031-01-01T10:00:00.000Z' });
  const changed = await server.ok('PUT', `${base}/publications/${made.id}`, { ...draft('Другой текст'), version: made.version });
  assert.deepEqual(shown(changed), kept);
  const none = { ...draft('Без добавок'), version: changed.version, stage: null, rubric_id: null, delete_at: null };
  none.details[0] = { ...none.details[0], ...Object.fromEntries(Object.keys(extras).map((name) => [name, null])) };
  const bare = shown(await server.ok('PUT', `${base}/publications/${made.id}`, none));
  assert.deepEqual(bare, { kind: 'post', link: null, title: null, first_comment: null, options: null, stage: 'draft', rubric_id: null, delete_at: null });
  const refused = async (more, detail = {}) => (await write('POST', `${base}/publications`, { ...draft('т'), ...more, details: [{ ...draft('т').details[0], ...detail }] })).json;
  assert.equal((await refused({ rubric_id: 424242 })).code, 'rubric.not_found');
  assert.equal((await refused({ stage: 'elsewhere' })).field, '/stage');
  assert.equal((await refused({ stage: 'template', when: { kind: 'now' } })).code, 'publication.stage');
  assert.equal((await refused({ delete_at: '2020-01-01T10:00:00Z', when: { kind: 'now' } })).code, 'time.delete_before_post');
  assert.equal((await refused({ delete_at: 'tomorrow' })).code, 'time.form');
  assert.equal((await refused({}, { kind: 'poem' })).field, '/details/0/kind');
});

test('a delivery explains what was tried', async () => {
  const made = await server.publish(page, 'Объясни');
  const delivery = await server.delivery(made.id, ['published']);
  const told = await server.ok('GET', `${base}/deliveries/${delivery.id}/explain`);
  assert.equal(told.idempotency, 'exactly_once');
  assert.equal(told.delivery.state, 'published');
  assert.ok(told.tries.every((one) => one.phase === 'closed'), JSON.stringify(told.tries));
});

describe('tokens', () => {
  test('one is used until it is revoked, at once', async () => {
    const made = await server.ok('POST', '/me/tokens', { label: 'скрипт', scopes: 'publications:read projects:read', days: 30 });
    const by = { headers: { Authorization: `Bearer ${made.token}` } };
    const ask = () => fetch(`${server.url}/api/v1${base}/publications?limit=1`, by).then((r) => r.status);
    assert.equal(await ask(), 200);
    const [listed] = (await server.ok('GET', '/me/tokens')).items.filter((one) => one.id === made.id);
    assert.deepEqual([listed.label, listed.scopes, Boolean(listed.last_used_at), Boolean(listed.expires_at)], ['скрипт', 'projects:read publications:read', true, true]);
    assert.ok(!('token' in listed));
    await server.ok('DELETE', `/me/tokens/${made.id}`);
    assert.equal(await ask(), 401);
  });
  test('wrong wishes are refused', async () => {
    const code = async (body) => (await write('POST', '/me/tokens', body)).json.code;
    assert.equal(await code({ label: '' }), 'token.label');
    assert.equal(await code({ label: 'x', scopes: 'everything' }), 'token.scope');
    assert.equal(await code({ label: 'x', days: 0 }), 'token.life');
  });
});

test('what changes is told as it happens, and again to whoever comes back', async () => {
  const heard = [];
  const listen = async (headers = {}) => {
    const ended = new AbortController();
    const response = await fetch(`${server.url}/api/v1/events`, { headers: { Cookie: server.cookie, ...headers }, signal: ended.signal });
    assert.match(response.headers.get('content-type'), /text\/event-stream/);
    (async () => {
      let text = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const parts = text.split('\n\n');
        text = parts.pop();
        for (const part of parts) {
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (data && data !== '{}') heard.push({ id: /^id: (.*)$/m.exec(part)[1], ...JSON.parse(data) });
        }
      }
    })().catch(() => {});
    return ended;
  };
  const first = await listen();
  const made = await server.publish(page, 'В эфире');
  const about = (topic, id = made.id) => heard.find((one) => one.topic === topic && one.publication_id === id);
  await eventually('the publication is told', () => about('publication.created') && about('delivery.published'));
  first.abort();
  const last = heard.at(-1).id;
  const missed = await server.publish(page, 'Пока никто не слушал');
  await server.delivery(missed.id, ['published']);
  const second = await listen({ 'Last-Event-ID': last });
  await eventually('what was missed is told', () => about('delivery.published', missed.id));
  const { token } = await server.ok('POST', '/me/tokens', { label: 'vendor', scopes: 'publications:write' });
  const { id } = await fetch(`${server.url}/v4.1/publications`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ project_id: server.project, post_at: '2031-01-01T10:00:00Z', account_ids: [page.id], publication_status: 4, details: [{ publication_type: 1, content: 'Через v4.1' }] }),
  }).then((r) => r.json());
  await eventually('what came through /v4.1 is told', () => about('publication.created', id));
  second.abort();
  assert.ok(heard.every((one) => one.project_id === server.project));
});

test('who asks too often is told how long to wait, and everybody how much is left', async () => {
  const few = await Server.create({ flags: ['--rate-limit', 'read=20,write=5'] });
  try {
    await few.start();
    await few.setUp();
    const answer = await few.call('GET', '/api/v1/projects');
    assert.match(answer.headers.get('ratelimit-policy'), /^"read";q=20;w=60$/);
    assert.match(answer.headers.get('ratelimit'), /^"read";r=\d+;t=\d+$/);
    let last;
    for (let i = 0; i < 8; i += 1) last = await few.call('PATCH', `/api/v1/projects/${few.project}`, { name: `Имя ${i}` });
    assert.deepEqual([last.status, last.json.code], [429, 'request.too_many']);
    const wait = Number(last.headers.get('retry-after'));
    assert.ok(wait > 0 && wait <= 60, String(wait));
    assert.match(last.headers.get('ratelimit'), /"write";r=0;t=\d+, "project-write";r=\d+;t=\d+/);
    assert.equal((await few.call('GET', '/api/v1/projects')).status, 200);
  } finally {
    await few.remove();
  }
  const wrong = await Server.create({ flags: ['--rate-limit', 'reads=20'] });
  try {
    await wrong.start();
    assert.notEqual(wrong.exited?.code ?? 0, 0);
    assert.match(wrong.log + wrong.out, /--rate-limit/);
  } finally {
    await wrong.remove();
  }
});
