// Where a setting comes from: the flag, then the environment, then the default.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Server } from './support/server.mjs';

let server;
before(async () => (server = await Server.create()));
after(() => server.remove());

test('a flag overrules the environment', async () => {
  const elsewhere = path.join(server.data, 'elsewhere');
  await server.start({ POSTMYPOST_DATA: elsewhere, POSTMYPOST_LISTEN: '127.0.0.1:1' });
  assert.equal(server.exited, null, server.log);
  assert.ok(await server.setUpLink());
  assert.equal(existsSync(elsewhere), false);
});
