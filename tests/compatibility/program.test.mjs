// The three clients against the program itself: all 15 operations, everything that is taken and refused, real posts in simulated networks.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { NetSim } from '../scenario/support/netsim.mjs';
import { png } from '../scenario/support/png.mjs';
import { eventually, Server } from '../scenario/support/server.mjs';
import { behaviours, client, walk, Walk } from './model.mjs';
import { operations } from './tables.mjs';
import { limited } from './walk_refusals.mjs';

const networks = ['mastodon', 'bluesky'];
const picture = png(64, 48);

// As fast as it is read, until the reader has enough.
function withoutEnd(response) {
  const piece = Buffer.alloc(1 << 20);
  const more = () => !response.destroyed && response.write(piece, more);
  response.on('error', () => {});
  response.writeHead(200, { 'Content-Type': 'image/png' });
  more();
}

const places = {
  // Its address long, signed and without an extension, as those of other services are.
  '/moved': (response) => response.writeHead(302, { Location: `/picture?signature=${'a1'.repeat(600)}` }).end(),
  '/picture': (response) => response.writeHead(200, { 'Content-Type': 'image/png' }).end(picture),
  '/inside': (response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
  '/around': (response) => response.writeHead(302, { Location: '/around' }).end(),
  '/words': (response) => response.writeHead(200, { 'Content-Type': 'image/png' }).end('<svg onload="alert(1)">'),
  '/endless': withoutEnd,
  '/cut': (response) => response.writeHead(200, { 'Content-Length': picture.length + 1000 }).write(picture, () => response.destroy()),
};

// A picture behind a redirect, and addresses from which nothing may be taken.
async function startPictures() {
  const place = http.createServer((request, response) => {
    const give = places[request.url.split('?')[0]];
    return give ? give(response) : response.writeHead(404).end('<p>gone</p>');
  });
  await new Promise((resolve) => place.listen(0, '127.0.0.1', resolve));
  return { port: place.address().port, close: () => new Promise((resolve) => place.close(resolve)) };
}

let sim, server, pictures, token, foreign;
before(async () => {
  sim = await NetSim.start();
  pictures = await startPictures();
  server = await Server.create({ flags: [...sim.flags, '--egress-allow', `127.0.0.1:${pictures.port}`] });
  await server.start();
  await server.setUp();
  token = await server.token();
  const mine = server.project;
  server.project = (await server.ok('POST', '/projects', { name: 'Другой', zone: 'Asia/Tokyo' })).id;
  foreign = (await server.upload(picture)).id;
  server.project = mine;
});
after(async () => {
  await server?.remove();
  await pictures?.close();
  await sim?.close();
});

// A project of its own for each client, with an account of either network.
async function worldOf(behaviour) {
  server.project = (await server.ok('POST', '/projects', { name: `Проект ${behaviour}`, zone: 'Europe/Moscow' })).id;
  const at = (place) => `http://127.0.0.1:${pictures.port}${place}`;
  const accounts = [];
  for (const code of networks) accounts.push({ id: (await sim.connect(server, code, `${code}${behaviour}`)).id, code });
  return {
    project: server.project,
    offset: 3,
    accounts,
    channels: { telegram: 6 },
    picture,
    pictureUrl: at('/moved'),
    limited: null,
    foreign,
    badUrls: [
      ['a private address', 'http://127.0.0.1:1/a.png'],
      ['a name of a private address', `http://localhost:${server.port}/a.png`],
      ['a redirect to a private address', at('/inside')],
      ['a redirect without end', at('/around')],
      ['words that call themselves a picture', at('/words')],
      ['a picture without end', at('/endless')],
      ['a picture that ends early', at('/cut')],
      ['what is not there', at('/gone')],
      ['a file of the machine', 'file:///etc/passwd'],
    ],
    patience: 300,
  };
}

// Posts with this text that the networks have, without those that were deleted there.
async function living(text) {
  const oracle = await sim.order('oracle');
  return networks.flatMap((name) => {
    const { posts, withdrawn } = oracle[name];
    return posts.filter((post) => post.text === text && !withdrawn.some((id) => post.id === id || post.id.endsWith(`/${id}`)));
  }).length;
}

for (const behaviour of behaviours) {
  test(`the ${behaviour} client goes through all 15 operations and has nothing to complain about`, { timeout: 300_000 }, async () => {
    const done = await walk(client(behaviour, `${server.url}/v4.1`, token), await worldOf(behaviour));
    assert.deepEqual(done.complaints, []);
    assert.deepEqual([...done.called].toSorted(), Object.keys(operations).toSorted());
    // Deleted everywhere and in the network: gone there. Deleted here only: both posts are still there.
    const left = { 1: 0, 2: 0, 3: 2 };
    for (const { text, option } of done.published) {
      const wanted = option === null ? 1 : left[option]; // of the first one, one of two accounts was deleted
      await eventually(`${wanted} posts of "${text}" are left in the networks`, async () => (await living(text)) === wanted, 20_000);
    }
    assert.equal(done.published.length, 4);
  });
}

test('a client can go on sending the headers and addresses that some are known to send', async () => {
  const bearer = { Authorization: `Bearer ${token}`, 'X-API-KEY': token };
  const odd = await fetch(`${server.url}/v4.1/projects?expand=all`, { headers: bearer });
  assert.equal(odd.status, 200, await odd.text());
  assert.match(odd.headers.get('content-type'), /^application\/json; charset=UTF-8$/i);
});

test('whoever asks too often is told to wait, in the way that each client reads', async () => {
  const sparing = await Server.create({ flags: ['--rate-limit', 'read=5'] });
  try {
    await sparing.start();
    await sparing.setUp();
    for (const behaviour of behaviours) {
      const api = client(behaviour, `${sparing.url}/v4.1`, await sparing.token());
      const walked = new Walk(api, {});
      await limited(walked, api);
      assert.deepEqual(walked.complaints, []);
    }
  } finally {
    await sparing.remove();
  }
});
