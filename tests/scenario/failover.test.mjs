// The program on PostgreSQL when its server dies and a standby that had everything takes over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Postgresql } from './support/postgresql.mjs';
import { Server, eventually } from './support/server.mjs';

let primary, standby, server, base;
before(async () => {
  primary = await Postgresql.start();
  base = await primary.createDatabase();
  standby = await primary.standby();
  server = await Server.create();
  server.flags = ['--database', primary.address(base, standby)];
  await server.start();
  await server.setUp();
});
after(async () => {
  await server?.remove();
  await primary?.remove();
  await standby?.remove();
});

test('a promoted standby is written to without a restart, and nothing is published again', async () => {
  const page = await server.ownPage();
  const made = [await server.publish(page, 'Before')];
  await server.delivery(made[0].id, ['published']);
  const lag = () => primary.query('select count(*) from pg_stat_replication where replay_lsn < pg_current_wal_lsn()');
  await eventually('the standby has everything', async () => (await lag()) === '0');
  await primary.kill();
  const away = await server.call('GET', `/api/v1/projects/${server.project}/publications/${made[0].id}`);
  assert.ok(away.status >= 500, 'nothing is read from a standby that may be behind');
  await standby.promote();
  // Refused while nobody can be written to; what is answered is kept.
  made.push(await eventually('writes go on', () => server.publish(page, 'After').catch(() => null)));
  await server.delivery(made[1].id, ['published']);
  const feed = await (await fetch(`${server.url}/@soyka/feed.json`)).json();
  assert.deepEqual(feed.items.map((item) => item.content_text).sort(), ['After', 'Before']);
  assert.equal(await standby.query('select count(*) from page_entry', base), '2');
});
