// Keys in a PostgreSQL of their own: another cluster, so that no backup of the data holds them. The same cluster is told.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Postgresql } from './support/postgresql.mjs';
import { Server } from './support/server.mjs';

let data, keys;
before(async () => {
  data = await Postgresql.start();
  keys = await Postgresql.start();
}, { timeout: 60_000 });
after(async () => {
  await data?.remove();
  await keys?.remove();
});

async function serverWith(clusterOfKeys) {
  const address = (cluster, name) => cluster.address(name);
  const server = await Server.create();
  server.flags = ['--database', address(data, await data.createDatabase()), '--keys-database', address(clusterOfKeys, await clusterOfKeys.createDatabase())];
  await server.start();
  await server.setUp();
  return server;
}

test('in another cluster they are nowhere in the data folder, and a person opens them again after a restart', async () => {
  const server = await serverWith(keys);
  try {
    assert.ok(!existsSync(path.join(server.data, 'keys.sqlite')));
    assert.ok(!server.log.includes('keys.in_the_same_cluster'));
    await server.stop();
    await server.start();
    assert.equal((await server.ok('GET', '/session')).user.name, 'Канарейка Тестова');
  } finally {
    await server.remove();
  }
});

test('in the same cluster the log warns that a backup of it holds data and keys together', async () => {
  const server = await serverWith(data);
  try {
    assert.ok(server.log.includes('keys.in_the_same_cluster'));
  } finally {
    await server.remove();
  }
});
