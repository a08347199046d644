// The list of publications: every one exactly once, whatever the order they were made in; and the search in sealed texts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png } from './support/png.mjs';
import { Server } from './support/server.mjs';

let server, page, list;
const made = new Map(); // id by text

async function plan(text, when, pictures = []) {
  made.set(text, (await server.publish(page, text, { when, pictures })).id);
}

before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  page = await server.ownPage();
  list = `/projects/${server.project}/publications`;
  const file = await server.upload(png());
  // Made from the last day to the first, so that order by id and order by time are opposite; two at one instant.
  for (const day of [9, 8, 7, 7, 6, 5]) await plan(`День ${day}, номер ${made.size}`, { kind: 'at', wall_time: `2030-05-0${day}T12:30`, fold: null });
  for (const n of [1, 2, 3]) await plan(`Черновик ${n}`, { kind: 'draft' });
  await plan('Фото без слов', { kind: 'draft' }, [{ file_id: file.id, alt: 'Рыжая СИНИЦА на ветке' }]);
});
after(() => server.remove());

async function pages(query) {
  const ids = [];
  for (let cursor = ''; cursor !== null; ) {
    const found = await server.ok('GET', `${list}?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    ids.push(...found.items.map((card) => card.id));
    cursor = found.next_cursor;
  }
  return ids;
}

test('pages of any size give every publication exactly once and in one order', async () => {
  const whole = await pages('limit=500');
  assert.deepEqual([...whole].sort((a, b) => a - b), [...made.values()].sort((a, b) => a - b));
  for (const limit of [1, 2, 3, 4, 9, 10]) assert.deepEqual(await pages(`limit=${limit}`), whole, `pages of ${limit}`);
  const dated = whole.slice(4).map((id) => [...made].find(([, one]) => one === id)[0]);
  assert.deepEqual(dated.map((text) => text[5]), ['5', '6', '7', '7', '8', '9']);
});

test('words are found in texts and descriptions, in big and small letters, page by page, and in no other project', async () => {
  assert.deepEqual(await pages(`q=${encodeURIComponent('рыжая синица')}`), [made.get('Фото без слов')]);
  assert.deepEqual((await pages(`limit=1&q=${encodeURIComponent('ЧЕРНОВИК')}`)).length, 3);
  assert.deepEqual((await pages(`limit=2&status=scheduled&q=${encodeURIComponent('день 7')}`)).length, 2);
  assert.deepEqual(await pages('q=nothing-like-this'), []);
  const other = (await server.ok('POST', '/projects', { name: 'Другой', zone: 'UTC' })).id;
  assert.deepEqual((await server.ok('GET', `/projects/${other}/publications?q=${encodeURIComponent('синица')}`)).items, []);
});

test('a page of no size and a place that is none are refused', async () => {
  for (const limit of ['0', '501', '-1', 'many']) assert.equal((await server.call('GET', `/api/v1${list}?limit=${limit}`)).json.code, 'list.limit', limit);
  for (const cursor of ['x', '12', '1.', '.x', '1.2.3']) assert.equal((await server.call('GET', `/api/v1${list}?cursor=${cursor}`)).json.code, 'list.cursor', cursor);
});
