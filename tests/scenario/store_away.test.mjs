// PostgreSQL goes away under the engine (docs/publishing.md, "Faults", B09-B12): killed and restarted, and followed by its standby.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { networks } from './support/netsim.mjs';
import { Postgresql } from './support/postgresql.mjs';
import { eventually, sleep } from './support/server.mjs';
import { World } from './support/world.mjs';

// A world on a cluster of its own; with `standby`, one that follows it and that the program knows too.
async function onCluster(work, { standby = false, settings = {} } = {}) {
  const cluster = await Postgresql.start(settings);
  const follower = standby ? await cluster.standby() : null;
  const world = await World.start();
  try {
    const name = await cluster.createDatabase();
    world.server.flags = [...world.sim.flags, '--database', cluster.address(name, ...(follower ? [follower] : []))];
    await world.setUp();
    return await work(world, cluster, follower, name);
  } finally {
    await world.close();
    await follower?.remove();
    await cluster.remove();
  }
}

const latency = (world, ms) => Promise.all(networks.map((network) => world.sim.order('latency', { network, ms })));
const bodiesAreOut = (world, text) => eventually('the bodies are out', async () => (await world.sim.seen(text)).bodies >= networks.length);
async function allIsWell(world, texts) {
  await world.settle(texts);
  const { details, doubts } = await world.judge(texts);
  assert.deepEqual(details, []);
  return doubts;
}

describe('PostgreSQL', { concurrency: 2 }, () => {
  test('B09: killed and restarted while answers are under way: outcomes are kept, nothing is claimed twice', { timeout: 240_000 }, () =>
    onCluster(async (world, cluster) => {
      for (const pause of [0, 100, 400]) {
        const texts = new Map();
        const wanted = [`Упала ${pause}`, `Упала ${pause} ещё`];
        await latency(world, 800);
        for (const text of wanted) await world.publish(text, texts);
        if (pause === 400) await bodiesAreOut(world, wanted[0]);
        await sleep(pause);
        await cluster.kill();
        await sleep(1500);
        await cluster.restart();
        await latency(world, 0);
        await eventually('people are served again', () => world.server.publication([...texts.keys()][0]).then(() => true, () => false), 60_000);
        assert.ok((await allIsWell(world, texts)) <= 2);
        assert.equal(world.server.exited, null);
      }
    }));

  test('B10: a synchronous standby takes over while answers are under way: nothing is lost', { timeout: 240_000 }, () =>
    onCluster(
      async (world, cluster, standby) => {
        const texts = new Map();
        await latency(world, 1500);
        await world.publish('Смена', texts);
        await world.publish('Смена ещё', texts);
        await bodiesAreOut(world, 'Смена');
        await cluster.kill();
        await standby.promote();
        await latency(world, 0);
        await eventually('people are served again', () => world.server.publication([...texts.keys()][0]).then(() => true, () => false), 60_000);
        assert.ok((await allIsWell(world, texts)) <= 2);
        await world.publish('После смены', texts);
        await allIsWell(world, texts);
      },
      { standby: true, settings: { synchronous_standby_names: '*' } },
    ));
});
