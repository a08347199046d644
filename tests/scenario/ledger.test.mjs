// Clause 3.2: every byte that a network saw is in the ledger, and the person it is about can read it there. Each kind of send happens
// here once, to networks that write down every request; then the two lists are compared, in both directions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMastodon } from '../networks/mastodon.mjs';
import { findIn } from './support/canaries.mjs';
import { NetSim } from './support/netsim.mjs';
import { png } from './support/png.mjs';
import { Server } from './support/server.mjs';

const texts = { mastodon: 'Пост с картинкой', lost: 'Пост, ответ на который потерян', bluesky: 'Пост в закончившемся сеансе', telegram: 'Пост в канал' };
const alt = 'Подпись к картинке';

let sim;
let instance; // takes pictures, which the simulator does not
let server;
let ledger;
let seen;

// Which kind of send a request is, by what it asks for. Signing in again is a connect or a renewal.
function kindsOf(line) {
  if (/sendMessage|sendPhoto|POST \/api\/v1\/statuses|\/api\/v\d\/media|putRecord|resolveHandle/.test(line)) return ['publish'];
  if (/accounts\/[^/]+\/statuses|getRecord|forwardMessage|deleteMessage/.test(line)) return ['look'];
  if (/refreshSession/.test(line)) return ['refresh'];
  if (/createSession/.test(line)) return ['connect', 'refresh'];
  if (/deleteSession|oauth\/revoke/.test(line)) return ['disconnect'];
  return ['connect'];
}

function kindsOfData(request) {
  const kinds = [];
  if (request.credential) kinds.push('credential');
  if (Object.values(texts).some((text) => request.body.includes(text))) kinds.push('text');
  if (request.body.includes('picture.png')) kinds.push('pictures');
  if (request.body.includes(alt)) kinds.push('alt_text');
  return kinds;
}

// Requests that no row speaks of: of that kind, written down before, naming all that the request holds, and told its result.
function withoutRow(requests, rows) {
  return requests.filter(
    (request) =>
      !rows.some(
        (row) =>
          kindsOf(request.line).includes(row.kind) &&
          row.network === request.network &&
          row.at <= request.at &&
          kindsOfData(request).every((kind) => row.what.includes(kind)) &&
          row.outcome,
      ),
  );
}

const withoutRequest = (rows, requests) =>
  rows.filter((row) => row.outcome === 'delivered' && !requests.some((request) => request.network === row.network && kindsOf(request.line).includes(row.kind)));

before(async () => {
  sim = await NetSim.start();
  instance = await startMastodon();
  server = await Server.create({ flags: [...sim.flags, '--egress-allow', `127.0.0.1:${instance.port}`] });
  await server.start();
  await server.setUp();
  await useEverything();
  const rows = await allRows();
  const networkOf = await networksOfAccounts();
  ledger = rows.map((row) => ({ ...row, network: networkOf(row) }));
  const simulated = await sim.order('requests');
  seen = ['telegram', 'bluesky', 'gotosocial'].flatMap((network) => simulated[network].items.map((request) => ({ ...request, network })));
  seen.push(...instance.requests.map((request) => ({ ...request, network: 'mastodon' })));
  seen = seen.filter((request) => request.line !== 'GET /oauth/authorize'); // the person's own browser
}, { timeout: 120_000 });

after(async () => {
  await server?.remove();
  await instance?.close();
  await sim?.close();
});

async function useEverything() {
  const accounts = { bluesky: await sim.connect(server, 'bluesky', 'ledgerbsky'), telegram: await sim.connect(server, 'telegram', 'ledgertg'), gotosocial: await sim.connect(server, 'gotosocial', 'ledgergts') };
  const answer = await server.connect({ channel: 'mastodon', instance: instance.url });
  const back = await fetch(answer.redirect, { redirect: 'manual' });
  const query = new URL(back.headers.get('location')).searchParams;
  accounts.mastodon = await server.ok('POST', '/connect/return', { code: query.get('code'), state: query.get('state') });

  const picture = await server.upload(png());
  const published = async (made) => server.delivery(made.id, ['published']);
  await published(await server.publish(accounts.mastodon, texts.mastodon, { pictures: [{ file_id: picture.id, alt }] }));
  await published(await server.publish(accounts.telegram, texts.telegram));
  await sim.order('rules', { rules: [{ network: 'bluesky', match: ['repo.putRecord'], times: 1, acts: 'no', answer: 'given', status: 400, body: '{"error":"ExpiredToken","message":"Token has expired"}' }] });
  await published(await server.publish(accounts.bluesky, texts.bluesky));
  await sim.order('rules', { rules: [{ network: 'gotosocial', match: ['POST /api/v1/statuses'], times: 1, acts: 'yes', answer: 'reset' }] });
  await published(await server.publish(accounts.gotosocial, texts.lost));
  for (const network of ['mastodon', 'bluesky', 'gotosocial', 'telegram']) await server.ok('DELETE', `/projects/${server.project}/accounts/${accounts[network].id}`);
  useEverything.accounts = accounts;
}

// All pages, in the order of the list.
async function allRows() {
  const rows = [];
  for (let cursor = ''; cursor !== null; ) {
    const page = await server.ok('GET', `/me/disclosures${cursor && `?cursor=${cursor}`}`);
    rows.push(...page.items);
    cursor = page.next_cursor;
  }
  return rows;
}

// A connect has no account yet: its rows stand beside the account that was made first after them.
async function networksOfAccounts() {
  const { accounts } = useEverything;
  const byId = Object.fromEntries(Object.entries(accounts).map(([network, account]) => [account.id, network]));
  const made = Object.entries(accounts).sort(([, a], [, b]) => a.connected_at.localeCompare(b.connected_at));
  return (row) => byId[row.account_id] ?? made.find(([, account]) => row.at <= account.connected_at)?.[0];
}

test('every request that a network saw has its row, written before and naming what it held', () => {
  assert.deepEqual(withoutRow(seen, ledger).map((request) => `${request.network}: ${request.line}`), []);
  const kinds = new Set(ledger.map((row) => row.kind));
  assert.deepEqual([...kinds].sort(), ['connect', 'disconnect', 'look', 'publish', 'refresh'], 'each kind of send happened');
});

test('what the ledger says was delivered, a network saw', () => {
  assert.deepEqual(withoutRequest(ledger, seen), []);
});

// Values that a body says, whatever its form: JSON, a form, or one with files.
function valuesOf(body) {
  const leaves = (value) => (value && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [String(value)]);
  try {
    return leaves(JSON.parse(body));
  } catch {
    if (/^--/.test(body)) return [...body.matchAll(/\r\n\r\n([^\r]*)\r\n--/g)].map(([, value]) => value);
    return [...new URLSearchParams(body).values()];
  }
}
// What reads like words was written by somebody; the rest are ids, times and words of the network's own interface.
const foreign = (requests) => {
  const given = [...Object.values(texts), alt, 'Postmypost'];
  return requests.filter(({ line }) => kindsOf(line).includes('publish')).flatMap(({ body }) => valuesOf(body)).filter((value) => /[\s\u0080-\uffff]/.test(value) && !given.includes(value) && !/[\ufffd\u0000-\u0008]/.test(value));
};

test('a network gets what was given for the post, and nothing else about anybody', () => {
  assert.deepEqual(foreign(seen), []);
  for (const about of ['Канарейка', 'Тестова', 'canary@example.org', 'Сойка', 'Test operator']) {
    for (const { line, body } of seen) assert.deepEqual(findIn(Buffer.from(`${line} ${body.replaceAll('+', ' ')}`), [about]), [], line);
  }
  const [publish] = seen.filter(({ line }) => /sendMessage/.test(line));
  assert.notDeepEqual(foreign([...seen, { ...publish, body: `${publish.body}&author=Канарейка Тестова` }, { ...publish, body: JSON.stringify({ text: texts.telegram, author: 'Канарейка Тестова' }) }]), [], 'a foreign value would be seen');
});

test('a row that is missing, late, without its result or too modest would be seen', () => {
  for (const kind of ['connect', 'publish', 'look', 'refresh', 'disconnect']) {
    assert.ok(withoutRow(seen, ledger.filter((row) => row.kind !== kind)).length > 0, `rows of a ${kind}`);
  }
  assert.ok(withoutRow(seen, ledger.map((row) => ({ ...row, at: '9999-01-01T00:00:00.000Z' }))).length === seen.length);
  assert.ok(withoutRow(seen, ledger.map((row) => ({ ...row, outcome: null }))).length === seen.length);
  for (const kind of ['credential', 'text', 'pictures', 'alt_text']) {
    assert.ok(withoutRow(seen, ledger.map((row) => ({ ...row, what: row.what.filter((one) => one !== kind) }))).length > 0, kind);
  }
  assert.ok(withoutRequest(ledger, seen.filter((request) => !/oauth\/revoke|deleteSession/.test(request.line))).length > 0);
});

test('a person sees all of it, newest first, page by page, with clause, purpose and evidence', () => {
  assert.ok(ledger.every((row, n) => n === 0 || row.at <= ledger[n - 1].at), 'newest first');
  assert.equal(new Set(ledger.map((row) => row.id)).size, ledger.length, 'each once');
  for (const row of ledger) {
    assert.equal(row.clause, '3.2.2');
    assert.equal(row.purpose, 'publish');
    assert.match(row.evidence, /^(delivery|look|refresh|connect|disconnect):[\w-]/);
    assert.equal(row.project_id, server.project);
  }
});

test('nobody else sees any of it; a list that is behind its cursor, and a cursor of somebody, are refused or empty', async () => {
  const { link } = await server.ok('POST', '/invitations', {});
  const mine = server.cookie;
  server.cookie = undefined;
  await server.signUp(link);
  assert.deepEqual((await server.ok('GET', '/me/disclosures')).items, []);
  server.cookie = mine;
  const last = ledger.at(-1);
  const cursor = `${Date.parse(last.at) * 1000}-0`;
  assert.deepEqual(await server.ok('GET', `/me/disclosures?cursor=${cursor}`).then((page) => page.items.length), 0);
  for (const wrong of ['1', 'x-1', '1-', '1-2x', '99999999999999999999-1']) {
    assert.equal((await server.call('GET', `/api/v1/me/disclosures?cursor=${wrong}`)).json.code, 'request.cursor', wrong);
  }
  assert.equal((await fetch(`${server.url}/api/v1/me/disclosures`)).status, 401);
});
