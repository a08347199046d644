// Clause 4.2: when an account is disconnected its person may have deleted over there what it published, one by one and for certain,
// also through kills, lost answers and ended sessions. Then the account goes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetSim } from './support/netsim.mjs';
import { eventually, Server } from './support/server.mjs';

async function published(network, posts, use) {
  const sim = await NetSim.start();
  const server = await Server.create({ flags: sim.flags });
  try {
    await server.start();
    await server.setUp();
    const account = await sim.connect(server, network, `canary${network}`);
    for (let n = 0; n < posts; n += 1) await server.delivery((await server.publish(account, `Запись ${n}`)).id, ['published']);
    await use({ sim, server, account, ids: (await sim.order('oracle'))[network].posts.map((post) => post.id.split('/').at(-1)).sort() });
  } finally {
    await server.remove();
    await sim.close();
  }
}

const withdraw = ({ server, account }) => server.call('POST', `/api/v1/projects/${server.project}/accounts/${account.id}/withdrawal`);
const gone = async ({ sim }, network) => (await sim.order('oracle'))[network].withdrawn.sort();
const isDisconnected = ({ server, account }) =>
  eventually('the account is disconnected', async () => (await server.ok('GET', `/projects/${server.project}/accounts`)).items.every((one) => one.id !== account.id), 60_000);

for (const network of ['telegram', 'mastodon', 'gotosocial', 'bluesky']) {
  test(`${network}: every post is deleted over there, then the account is gone here`, () =>
    published(network, 3, async (world) => {
      const { server, account, ids } = world;
      const later = await server.publish(account, 'Не должно выйти', { when: { kind: 'at', wall_time: '2030-01-01T10:00', fold: null } });
      const asked = await withdraw(world);
      assert.equal(asked.status, 202, asked.text);
      assert.equal(asked.json.posts, 3);
      await isDisconnected(world);
      assert.deepEqual(await gone(world, network), ids);
      assert.deepEqual((await server.publication(later.id)).deliveries.map((delivery) => delivery.state), ['cancelled']);
      const kinds = (await server.ok('GET', '/me/disclosures')).items.map((row) => row.kind);
      assert.equal(kinds.filter((kind) => kind === 'withdraw').length, 3, 'each deletion has its row');
      assert.equal(await server.count('select count(*) from withdrawal'), 0);
    }));
}

test('an account without posts, asked to delete them, is simply disconnected', () =>
  published('mastodon', 0, async (world) => {
    assert.equal((await withdraw(world)).json.posts, 0);
    await isDisconnected(world);
    assert.equal((await withdraw(world)).status, 404);
  }));

test('an ended session is renewed, a lost answer costs a second request, and a kill loses nothing', () =>
  published('bluesky', 3, async (world) => {
    const { sim, server, ids } = world;
    await sim.order('rules', { rules: [
      { network: 'bluesky', match: ['repo.deleteRecord'], times: 1, acts: 'no', answer: 'given', status: 400, body: '{"error":"ExpiredToken","message":"Token has expired"}' },
      { network: 'bluesky', match: ['repo.deleteRecord'], times: 1, acts: 'yes', answer: 'reset' },
    ] });
    await withdraw(world);
    await eventually('the first is gone', async () => (await gone(world, 'bluesky')).length >= 1);
    await server.stop('SIGKILL');
    await server.change('update withdrawal set next_at = 0');
    await server.start();
    await isDisconnected(world);
    assert.deepEqual(await gone(world, 'bluesky'), ids);
  }));

test('what a network refuses for good stays there and is said, and the account goes all the same', () =>
  published('mastodon', 2, async (world) => {
    const { sim } = world;
    await sim.order('rules', { rules: [{ network: 'mastodon', match: ['DELETE /api/v1/statuses/'], times: 1, acts: 'no', answer: 'given', status: 422, body: '{"error":"This post can not be deleted"}' }] });
    await withdraw(world);
    await isDisconnected(world);
    assert.equal((await gone(world, 'mastodon')).length, 1);
  }));

test('a network that asks to wait holds back the whole account, and no post counts as tried', () =>
  published('mastodon', 3, async (world) => {
    const { sim, server, ids } = world;
    await sim.order('rules', { rules: [{ network: 'mastodon', match: ['DELETE /api/v1/statuses/'], times: 1, acts: 'no', answer: 'given', status: 429, headers: { 'X-RateLimit-Reset': new Date(Date.now() + 3_600_000).toISOString() }, body: '{"error":"Too many requests"}' }] });
    await withdraw(world);
    await eventually('all of them wait', async () => (await server.count('select count(*) from withdrawal where state=\'waiting\' and tries=0 and next_at > ' + (Date.now() + 1_800_000) * 1000)) === 3);
    assert.deepEqual(await gone(world, 'mastodon'), []);
    await server.stop();
    await server.change('update withdrawal set next_at = 0');
    await server.start();
    await isDisconnected(world);
    assert.deepEqual(await gone(world, 'mastodon'), ids);
  }));
