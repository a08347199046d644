// /v4.1, the vendor's public API, against the program: what its clients do from the first look to the deleted post (docs/api/v4_1.md).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NetSim } from './support/netsim.mjs';
import { eventually, Server } from './support/server.mjs';
import { makeToken, Vendor } from './support/vendor.mjs';

const soon = (ms) => new Date(Date.now() + ms).toISOString();
const year = new Date().getUTCFullYear() + 2;
const later = `${year}-05-01T12:00:00+03:00`;

let sim;
let server;
let vendor;
let telegram;
let mastodon;
let page;
let project;

before(async () => {
  sim = await NetSim.start();
  server = await Server.create({ flags: sim.flags });
  await server.start();
  await server.setUp();
  project = server.project;
  telegram = await sim.connect(server, 'telegram', 'canarytelegram');
  mastodon = await sim.connect(server, 'mastodon', 'canarymastodon');
  page = await server.ownPage();
  vendor = await Vendor.of(server);
});
after(async () => {
  await server?.remove();
  await sim?.close();
});

const body = (more = {}) => ({
  project_id: project,
  post_at: soon(-1000),
  account_ids: [telegram.id],
  publication_status: 5,
  details: [{ publication_type: 1, content: `Запись ${Math.random()}` }],
  ...more,
});
const create = (more) => vendor.ok('POST', '/publications', body(more));
const refused = async (method, route, sent, status, part) => {
  const answer = await vendor.call(method, route, sent);
  assert.equal(answer.status, status, `${method} ${route}: ${answer.text}`);
  assert.deepEqual(Object.keys(answer.json).slice(0, 4), ['name', 'message', 'code', 'status']);
  assert.equal(answer.json.code, 0);
  assert.equal(answer.json.status, status);
  if (part) assert.match(answer.json.message, part);
  return answer.json;
};
const withdrawn = async (network) => (await sim.order('oracle'))[network].withdrawn;

describe('reference data', () => {
  test('projects, zones, channels, rubrics and accounts have the documented shapes', async () => {
    const projects = await vendor.ok('GET', '/projects');
    assert.deepEqual(Object.keys(projects.data[0]), ['id', 'name', 'timezone_id']);
    assert.deepEqual(projects.pages, { page: 1, per_page: 20, total_pages: 1, total_count: 1, prev: null, next: null });
    const zones = [];
    for (let at = 1; at; ) {
      const { data, pages } = await vendor.ok('GET', `/timezones?page=${at}&per_page=50`);
      zones.push(...data);
      at = pages.next;
    }
    const moscow = zones.find((zone) => zone.name === 'Europe/Moscow');
    assert.equal(moscow.id, projects.data[0].timezone_id);
    assert.equal(moscow.utc_offset, 3);
    assert.equal(zones.find((zone) => zone.name === 'Asia/Kolkata').utc_offset, 5.5);
    assert.equal(new Set(zones.map((zone) => zone.id)).size, zones.length, 'no two zones have one id');
    const channels = (await vendor.ok('GET', '/channels')).data;
    assert.equal(channels.find((one) => one.code === 'telegram').id, 6);
    const news = await server.ok('POST', `/projects/${project}/rubrics`, { name: 'Новости' });
    assert.deepEqual((await vendor.ok('GET', `/rubrics?project_id=${project}`)).data, [{ id: news.id, name: 'Новости' }]);
    const accounts = (await vendor.ok('GET', `/accounts?project_id=${project}&page=1&per_page=2&sort=-id`)).data;
    assert.deepEqual(accounts.map((one) => one.id), [page.id, mastodon.id]);
    assert.deepEqual(Object.keys(accounts[1]), ['id', 'chanel_id', 'external_id', 'name', 'login', 'connection_status']);
    assert.equal(typeof accounts[1].external_id, 'string');
    assert.equal(accounts[1].connection_status, 1);
  });

  test('who may not, gets the four fields; pages and orders that there are not are refused by name', async () => {
    const nobody = await fetch(`${vendor.base}/projects`);
    assert.equal(nobody.status, 401);
    assert.deepEqual(await nobody.json().then(({ name, message, code, status }) => ({ name, message, code, status })), {
      name: 'Unauthorized', message: 'Your request was made with invalid credentials.', code: 0, status: 401,
    });
    await refused('GET', '/projects?per_page=1000', undefined, 422, /^per_page: /);
    await refused('GET', '/projects?page=0', undefined, 422, /^page: /);
    await refused('GET', `/publications?project_id=${project}&sort=-colour`, undefined, 422, /^sort: /);
    await refused('GET', '/accounts', undefined, 422, /^project_id: /);
    await refused('GET', '/accounts?project_id=x', undefined, 422, /^project_id: /);
    await refused('GET', '/accounts?project_id=999999', undefined, 404);
    await refused('GET', '/nowhere', undefined, 404, /^Resource not found\.$/);
    await refused('PATCH', '/projects', {}, 405);
    assert.equal((await vendor.call('GET', '//projects?colour=red', undefined, { 'X-API-KEY': 'x' })).status, 200, 'a slash more, unknown parameters');
    const far = await vendor.ok('GET', '/projects?page=7');
    assert.deepEqual([far.data, far.pages.prev, far.pages.next], [[], 1, null]);
    const narrow = new Vendor(server, await makeToken(server, { scopes: 'accounts:read publications:read' }));
    assert.equal((await narrow.call('GET', `/accounts?project_id=${project}`)).status, 200);
    assert.equal((await narrow.call('POST', '/publications', body())).status, 403);
  });
});

describe('publications', () => {
  test('two accounts: published at once, with a permalink for each; then deleted everywhere', async () => {
    const made = await create({
      account_ids: [telegram.id, mastodon.id],
      details: [
        { account_id: telegram.id, publication_type: 1, content: 'Только текст' },
        { publication_type: 1, content: 'Ссылка', link: 'https://example.org/news' },
      ],
    });
    assert.ok([1, 2, 5].includes(made.publication_status), JSON.stringify(made));
    assert.match(made.post_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00$/);
    const done = await vendor.settled(made.id);
    assert.equal(done.publication_status, 1, JSON.stringify(done.posts));
    assert.deepEqual(done.posts.map((post) => [post.account_id, post.post_status, post.error]), [[telegram.id, 1, null], [mastodon.id, 1, null]]);
    for (const post of done.posts) assert.ok(post.url.startsWith('http') && post.external_id.length > 0);
    const seen = await sim.order('oracle');
    assert.equal(seen.mastodon.posts.at(-1).text, 'Ссылка\n\nhttps://example.org/news', 'a link is part of the post');
    const { project_id, ...sent } = body();
    await refused('PUT', `/publications/${made.id}`, sent, 422, /^publication_status: /);
    const gone = await vendor.ok('DELETE', `/publications/${made.id}?delete_option=1&account_ids=${telegram.id}%2C${mastodon.id}`);
    assert.equal(gone.publication_status, 0);
    await refused('DELETE', `/publications/${made.id}?delete_option=1&account_ids=${telegram.id}`, undefined, 404);
    await refused('GET', `/publications/${made.id}`, undefined, 404);
    assert.deepEqual([(await withdrawn('mastodon')).length, (await withdrawn('telegram')).length], [1, 1]);
  });

  test('what is planned can be replaced as a whole; a draft, a template and stages are never published', async () => {
    const rubric = (await vendor.ok('GET', `/rubrics?project_id=${project}`)).data[0];
    const made = await create({ post_at: later, delete_at: `${year}-05-02T12:00:00+03:00`, rubric_id: rubric.id });
    assert.equal(made.publication_status, 5);
    assert.equal(made.post_at, later);
    assert.equal(made.delete_at, `${year}-05-02T12:00:00+03:00`);
    assert.equal(made.rubric_id, rubric.id);
    const options = {
      publication_type: 4, content: 'Ролик', comment: 'Первый комментарий', link: 'https://example.org/a', title: 'Название', tiktok_comment: true,
      tiktok_duet: false, tiktok_stitch: true, tiktok_privacy_status: 2, youtube_privacy_status: 3, x_reply_settings: 2,
      instagram_share_to_feed: false, nsfw: true,
    };
    for (const status of [4, 10, 11, 12]) {
      const { project_id, ...sent } = body({ post_at: `${year}-06-01T09:30:00Z`, publication_status: status, account_ids: [mastodon.id], details: [options] });
      const changed = await vendor.ok('PUT', `/publications/${made.id}`, sent);
      assert.equal(changed.publication_status, status);
      assert.equal(changed.post_at, `${year}-06-01T12:30:00+03:00`);
      assert.equal(changed.rubric_id, null, 'a full replacement');
      const { files, account_id, ...given } = changed.details[0];
      assert.deepEqual(given, options);
      assert.deepEqual([files, account_id], [[], null]);
      assert.deepEqual(changed.posts, [{ account_id: mastodon.id, post_status: status, url: null, external_id: null, error: null }]);
    }
    const { project_id, ...sent } = body({ post_at: soon(-1000), details: [{ publication_type: 1, content: 'Теперь по-настоящему' }] });
    await vendor.ok('PUT', `/publications/${made.id}`, sent);
    assert.equal((await vendor.settled(made.id)).publication_status, 1);
  });

  test('every form of a date-time is taken; without a zone it is the project’s', async () => {
    for (const [given, shown] of [
      [`${year}-06-30T12:00:00+00:00`, '15:00:00'], [`${year}-06-30T12:00:00Z`, '15:00:00'], [`${year}-06-30T12:00:00.000Z`, '15:00:00'],
      [`${year}-06-30T12:00:00`, '12:00:00'], [`${year}-06-30T12:00+0300`, '12:00:00'], [`${year}0630T120000Z`, '15:00:00'],
    ]) {
      assert.equal((await create({ post_at: given, publication_status: 4 })).post_at, `${year}-06-30T${shown}+03:00`, given);
    }
    await refused('POST', '/publications', body({ post_at: 'tomorrow' }), 422, /^post_at: /);
    await refused('POST', '/publications', body({ post_at: `${year}-06-30` }), 422, /^post_at: /);
  });

  test('what can’t be is refused with the path of the field, and nothing is stored', async () => {
    const before = (await vendor.ok('GET', `/publications?project_id=${project}`)).pages.total_count;
    const upload = await vendor.ok('POST', '/upload/init', { project_id: project, name: 'a.png', size: 10 });
    const post = (more) => ({ publication_type: 1, content: 'Текст', ...more });
    const cases = [
      [{ project_id: 999999 }, /^project_id: /], [{ project_id: '1' }, /^project_id: /], [{ project_id: 1.0000001 }, /^project_id: /],
      [{ account_ids: [] }, /^account_ids: /], [{ account_ids: null }, /^account_ids: /], [{ account_ids: [999999] }, /^account_ids\[0\]: /],
      [{ details: undefined }, /^details: /], [{ details: [] }, /^details: /], [{ post_at: null }, /^post_at: /],
      [{ publication_status: 7 }, /^publication_status: /], [{ publication_status: 1 }, /^publication_status: /], [{ publication_status: '5' }, /^publication_status: /],
      [{ details: [post({ publication_type: 3 })] }, /^details\[0\]\.publication_type: /],
      [{ details: [post({ publication_type: 2 })] }, /^details\[0\]\.publication_type: /], // no story in Telegram
      [{ details: [post({ title: 'Заголовок' })] }, /^details\[0\]\.title: /],
      [{ details: [post({ comment: 'Первый' })] }, /^details\[0\]\.comment: /],
      [{ details: [post({ nsfw: true })] }, /^details\[0\]\.nsfw: /],
      [{ details: [post({ tiktok_privacy_status: 1 })] }, /^details\[0\]\.tiktok_privacy_status: /],
      [{ details: [post({ youtube_privacy_status: 4 })] }, /^details\[0\]\.youtube_privacy_status: /],
      [{ details: [post({ link: 'javascript:alert(1)' })] }, /^details\[0\]\.link: /],
      [{ details: [{ publication_type: 1 }] }, /^details\[0\]\.content: /],
      [{ details: [post({ content: 'х'.repeat(5000) })] }, /^details\[0\]\.content: /],
      [{ details: [post({ account_id: mastodon.id })] }, /^details\[0\]\.account_id: /],
      [{ account_ids: [telegram.id, mastodon.id], details: [post({ account_id: mastodon.id })] }, /^account_ids\[0\]: /],
      [{ details: [post({ file_ids: [999999] })] }, /^details\[0\]\.file_ids\[0\]: /],
      [{ details: [post({ file_ids: [upload.id] })] }, /^details\[0\]\.file_ids\[0\]: .*upload/],
      [{ rubric_id: 999999 }, /^rubric_id: /],
      [{ post_at: later, delete_at: later }, /^delete_at: /],
    ];
    for (const [more, message] of cases) await refused('POST', '/publications', body(more), 422, message);
    assert.equal((await vendor.ok('GET', `/publications?project_id=${project}`)).pages.total_count, before);
    assert.equal((await create({ publication_status: 4, colour: 'red', details: [post({ shade: null, nsfw: false, rubric_id: 1 })] })).publication_status, 4);
  });

  test('of several details without an account the first counts', async () => {
    const made = await create({ post_at: later, details: [{ publication_type: 1, content: 'Первый' }, { publication_type: 1, content: 'Второй' }] });
    assert.deepEqual(made.details.map((detail) => detail.content), ['Первый', 'Второй']);
    const shown = await server.publication(made.id);
    assert.equal(shown.details[0].text, 'Первый');
  });

  test('the list has pages, orders and days, and leaves out what was deleted', async () => {
    const ids = [];
    for (const day of ['01', '03', '02']) ids.push((await create({ post_at: `${year + 1}-01-${day}T00:30:00+03:00` })).id);
    const listed = async (query) => (await vendor.ok('GET', `/publications?project_id=${project}&${query}`)).data.map((one) => one.id);
    assert.deepEqual((await listed('')).slice(0, 3), [ids[1], ids[2], ids[0]], 'the latest planned first');
    assert.deepEqual((await listed('sort=-id&per_page=3')), [...ids].reverse());
    assert.deepEqual((await listed('sort=-created_at%2Cid&per_page=2')).length, 2);
    assert.deepEqual(await listed(`post_date=${year + 1}-01-02`), [ids[2]], 'a day of the project’s zone');
    const { pages } = await vendor.ok('GET', `/publications?project_id=${project}&per_page=1&page=2`);
    assert.deepEqual([pages.prev, pages.next, pages.total_pages], [1, 3, pages.total_count]);
    await vendor.ok('DELETE', `/publications/${ids[0]}?delete_option=3&account_ids=${telegram.id}`);
    const after = await vendor.ok('GET', `/publications?project_id=${project}&per_page=1`);
    assert.equal(after.pages.total_count, pages.total_count - 1);
    assert.equal(after.pages.total_count, await server.count(`select count(*) from publication where project_id=${project} and deleted_at is null and gone_at is null`));
  });
});

describe('deleting', () => {
  const published = async (accounts) => {
    const made = await create({ account_ids: accounts.map((one) => one.id) });
    const done = await vendor.settled(made.id);
    assert.equal(done.publication_status, 1, JSON.stringify(done.posts));
    return made.id;
  };

  test('only in the networks: the record stays with status 0; a second time there is nothing', async () => {
    const id = await published([mastodon]);
    const before = (await withdrawn('mastodon')).length;
    const gone = await vendor.ok('DELETE', `/publications/${id}?delete_option=2&account_ids=${mastodon.id}`);
    assert.deepEqual([gone.publication_status, gone.posts[0].post_status], [0, 0]);
    assert.equal((await withdrawn('mastodon')).length, before + 1);
    assert.equal((await vendor.ok('GET', `/publications/${id}`)).publication_status, 0);
    await refused('DELETE', `/publications/${id}?delete_option=2&account_ids=${mastodon.id}`, undefined, 404);
    assert.ok(!(await vendor.ok('GET', `/publications?project_id=${project}&sort=-id`)).data.some((one) => one.id === id));
    assert.equal((await vendor.ok('DELETE', `/publications/${id}?delete_option=3&account_ids=${mastodon.id}`)).publication_status, 0);
    await refused('GET', `/publications/${id}`, undefined, 404);
  });

  test('only here: the post stays in the network; accounts that were not named stay as they are', async () => {
    const id = await published([telegram, mastodon]);
    const before = (await withdrawn('telegram')).length;
    const left = await vendor.ok('DELETE', `/publications/${id}?delete_option=3&account_ids=${telegram.id}`);
    assert.deepEqual([left.publication_status, left.account_ids], [1, [mastodon.id]]);
    assert.equal((await withdrawn('telegram')).length, before);
    await refused('DELETE', `/publications/${id}?delete_option=3&account_ids=${telegram.id}`, undefined, 404);
    await refused('DELETE', `/publications/${id}?delete_option=9&account_ids=${mastodon.id}`, undefined, 422, /^delete_option: /);
    await refused('DELETE', `/publications/${id}?delete_option=1`, undefined, 422, /^account_ids: /);
  });

  test('an own page loses the entry', async () => {
    const id = await published([page]);
    const [{ url }] = (await vendor.ok('GET', `/publications/${id}`)).posts;
    const entry = new URL(url, server.url).href;
    assert.equal((await fetch(entry)).status, 200);
    assert.equal((await vendor.ok('DELETE', `/publications/${id}?delete_option=1&account_ids=${page.id}`)).publication_status, 0);
    assert.ok([404, 410].includes((await fetch(entry)).status));
  });

  test('a network that refuses leaves 6 and its reason; what is planned is cancelled; in a network there is nothing of it', async () => {
    const id = await published([mastodon]);
    await sim.order('rules', { rules: [{ network: 'mastodon', match: ['DELETE /api/v1/statuses/'], times: 1, acts: 'no', answer: 'given', status: 422, body: '{"error":"This post can not be deleted"}' }] });
    const kept = await vendor.ok('DELETE', `/publications/${id}?delete_option=1&account_ids=${mastodon.id}`);
    assert.equal(kept.publication_status, 6);
    assert.equal(kept.posts[0].post_status, 6);
    assert.ok(kept.posts[0].error.length > 0);
    const planned = (await create({ post_at: later })).id;
    await refused('DELETE', `/publications/${planned}?delete_option=2&account_ids=${telegram.id}`, undefined, 422);
    assert.equal((await vendor.ok('DELETE', `/publications/${planned}?delete_option=1&account_ids=${telegram.id}`)).publication_status, 0);
    assert.equal(await server.count(`select count(*) from delivery where publication_id=${planned} and state='cancelled'`), 1);
  });

  test('at delete_at the post is deleted over there, also when the server was killed meanwhile', async () => {
    const before = (await withdrawn('mastodon')).length;
    const made = await create({ account_ids: [mastodon.id], post_at: soon(-1000), delete_at: soon(6000) });
    assert.equal((await vendor.settled(made.id)).publication_status, 1);
    await server.stop('SIGKILL');
    await server.start();
    await eventually('it is gone', async () => (await vendor.ok('GET', `/publications/${made.id}`)).publication_status === 0);
    assert.equal((await withdrawn('mastodon')).length, before + 1);
  });
});

test('a doubt is 2 while it is looked into and 3 when nobody can know; the same post is refused meanwhile', async () => {
  await sim.order('rules', { rules: [{ network: 'telegram', match: ['sendMessage'], times: 1, acts: 'yes', answer: 'reset' }] });
  const details = [{ publication_type: 1, content: 'Ответ потерян' }];
  const first = await create({ details });
  const held = await vendor.settled(first.id);
  assert.equal(held.publication_status, 3);
  assert.match(held.posts[0].error, /^May already be published/);
  await refused('POST', '/publications', body({ details }), 422, new RegExp(`publication ${first.id}\\b`));
  await refused('DELETE', `/publications/${first.id}?delete_option=1&account_ids=${telegram.id}`, undefined, 422);
  assert.equal((await vendor.ok('DELETE', `/publications/${first.id}?delete_option=3&account_ids=${telegram.id}`)).publication_status, 0);
});

test('what failed can be replaced and goes out; the reason stands in its post until then', async () => {
  await sim.order('rules', { rules: [{ network: 'mastodon', match: ['POST /api/v1/statuses'], times: 1, acts: 'no', answer: 'given', status: 422, body: '{"error":"Validation failed"}' }] });
  const made = await create({ account_ids: [mastodon.id] });
  const failed = await vendor.settled(made.id);
  assert.equal(failed.publication_status, 3);
  assert.ok(failed.posts[0].error.length > 0);
  const { project_id, ...sent } = body({ account_ids: [mastodon.id], details: [{ publication_type: 1, content: 'Исправлено' }] });
  await vendor.ok('PUT', `/publications/${made.id}`, sent);
  const done = await vendor.settled(made.id);
  assert.deepEqual([done.publication_status, done.posts.length, done.posts[0].error], [1, 1, null]);
  assert.equal((await sim.order('oracle')).mastodon.posts.at(-1).text, 'Исправлено');
});

test('analytics answer with what is known', async () => {
  const made = await create({ account_ids: [mastodon.id], details: [{ publication_type: 1, content: 'Для счёта', link: 'https://example.org/' }] });
  await vendor.settled(made.id);
  const today = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10);
  const span = `project_id=${project}&account_id=${mastodon.id}&date_from=${today}&date_to=${today}`;
  const posts = await vendor.ok('GET', `/analytics/publications?${span}&type=1&per_page=50`);
  const post = posts.data.find((one) => one.content === 'Для счёта');
  assert.equal(typeof post.id, 'string');
  assert.deepEqual([post.type, post.analytics, post.attaches], [1, {}, [{ type: 'link', link: { url: 'https://example.org/' } }]]);
  assert.ok(post.external_url.startsWith('http'));
  assert.deepEqual((await vendor.ok('GET', `/analytics/publications?${span}&type=3`)).data, []);
  const metrics = await vendor.ok('GET', `/analytics/accounts?${span}&metrics=followers,publications`);
  assert.deepEqual(Object.keys(metrics), ['data'], 'the only list without pages');
  assert.deepEqual(metrics.data.map((one) => [one.type, one.data[0].value]), [['publications', posts.pages.total_count]]);
  assert.match(metrics.data[0].data[0].date, /T23:59:59\+03:00$/);
  await refused('GET', `/analytics/accounts?project_id=${project}&account_id=${mastodon.id}&date_from=${today}&metrics=followers`, undefined, 422, /^date_to: /);
});
