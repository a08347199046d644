// What the Bluesky connector relies on, asked of the real PDS without the connector: if these change, its tests mislead.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { png } from '../scenario/support/png.mjs';
import { startPds } from './start_pds.mjs';

const rkey = '3l5p4xk7zq22a'; // a TID: 13 characters of base32-sortable
let pds;
let account;

async function xrpc(method, name, { query, body, type = 'application/json' } = {}) {
  const response = await fetch(`${pds.pds}/xrpc/${name}${query ? `?${new URLSearchParams(query)}` : ''}`, {
    method,
    headers: { ...(body && { 'Content-Type': type }), ...(account && { Authorization: `Bearer ${account.accessJwt}` }) },
    body: body && type === 'application/json' ? JSON.stringify(body) : body,
  });
  return { status: response.status, json: await response.json() };
}

const put = (record) =>
  xrpc('POST', 'com.atproto.repo.putRecord', {
    body: { repo: account.did, collection: 'app.bsky.feed.post', rkey, swapRecord: null, record },
  });

before(async () => {
  pds = await startPds();
  const made = await xrpc('POST', 'com.atproto.server.createAccount', {
    body: { handle: 'rooster.test', email: 'rooster@example.org', password: 'four unrelated words here' },
  });
  assert.equal(made.status, 200);
  account = made.json;
}, { timeout: 120_000 });
after(() => pds?.stop());

test('the servers listen on loopback only', () => {
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === '0A').map((fields) => fields[1]),
  );
  for (const port of Object.values(pds.ports)) {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    assert.deepEqual(listening.filter((address) => address.endsWith(`:${hex}`)), [`0100007F:${hex}`]);
  }
});

test('a record is put under a key of our choice, and the same record again changes nothing', async () => {
  const record = { $type: 'app.bsky.feed.post', text: 'Здравствуйте!', createdAt: '2026-01-02T03:04:05.000Z', langs: ['ru'] };
  const first = await put(record);
  assert.equal(first.status, 200, JSON.stringify(first.json));
  assert.equal(first.json.uri, `at://${account.did}/app.bsky.feed.post/${rkey}`);
  const again = await put(record);
  assert.deepEqual([again.status, again.json.cid], [200, first.json.cid]);
  const { json } = await xrpc('GET', 'com.atproto.repo.listRecords', { query: { repo: account.did, collection: 'app.bsky.feed.post' } });
  assert.deepEqual(json.records.map((r) => [r.uri, r.cid, r.value.text]), [[first.json.uri, first.json.cid, record.text]]);
});

test('another record under the same key is refused when none may be there', async () => {
  const refused = await put({ $type: 'app.bsky.feed.post', text: 'Другой текст', createdAt: '2026-01-02T03:04:05.000Z' });
  assert.equal(refused.status, 400);
  assert.equal(refused.json.error, 'InvalidSwap');
});

test('a record that breaks the lexicon is refused', async () => {
  const refused = await xrpc('POST', 'com.atproto.repo.createRecord', {
    body: {
      repo: account.did,
      collection: 'app.bsky.feed.post',
      record: { $type: 'app.bsky.feed.post', text: 'a'.repeat(4000), createdAt: '2026-01-02T03:04:05.000Z' },
    },
  });
  assert.equal(refused.status, 400);
  assert.equal(refused.json.error, 'InvalidRequest');
});

test('an uploaded picture comes back as a blob with its type and size', async () => {
  const picture = png(64, 48, 90);
  const { status, json } = await xrpc('POST', 'com.atproto.repo.uploadBlob', { body: picture, type: 'image/png' });
  assert.equal(status, 200);
  assert.equal(json.blob.mimeType, 'image/png');
  assert.equal(json.blob.size, picture.length);
});
