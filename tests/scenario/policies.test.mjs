// The policies around the machine, on the real program: a post that kills it each time, and a clock that jumps.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { NetSim } from './support/netsim.mjs';
import { eventually, program, Server, sleep } from './support/server.mjs';

const run = promisify(execFile);

describe('a post that kills the server each time it is worked on', () => {
  let sim, server, account;
  before(async () => {
    sim = await NetSim.start();
    server = await Server.create({ flags: sim.flags });
    await server.start();
    await server.setUp();
    account = await sim.connect(server, 'mastodon', 'poisoned');
    await server.stop();
  });
  after(async () => {
    await server.remove();
    await sim.close();
  });

  test('runs alone after two crashes, is held after one more, and goes out when a person tries again', async () => {
    const deadly = { POSTMYPOST_FAULT: 'engine.rendering:1' };
    await server.start(deadly);
    const made = await server.publish(account, 'Смертельный пост').catch(() => null);
    await server.ended;
    for (let crash = 2; crash <= 3; ++crash) {
      await server.start(deadly);
      await server.ended;
    }
    await server.start(deadly);
    const card = (await server.ok('GET', `/projects/${server.project}/publications`)).items.find((item) => item.excerpt === 'Смертельный пост');
    const id = made?.id ?? card.id;
    const held = await server.delivery(id, ['held']);
    assert.equal(held.reason, 'poison');
    assert.equal(held.events.filter((event) => event.code === 'crashed_at_work').length, 3);
    assert.equal(server.exited, null, 'the server lives');
    await server.stop();
    await server.start();
    const other = await server.publish(account, 'Пост без вины');
    await server.delivery(other.id, ['published']);
    await server.ok('POST', `/projects/${server.project}/deliveries/${held.id}/retry`);
    await server.delivery(id, ['published']);
    assert.equal((await sim.seen('Смертельный пост')).posts.length, 1);
  });
});

// libfaketime moves the wall clock of the process alone; boot time goes on as it is.
describe('a clock that jumps', () => {
  const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
  const doubt = process.env.POSTMYPOST_TEST_STORE === 'postgresql' ? 'clock.ahead_of_database' : 'clock.jumped';
  let sim, server, account, file;
  const pulse = () => server.ok('GET', `/projects/${server.project}/pulse`);
  before(async () => {
    sim = await NetSim.start();
    server = await Server.create({ flags: sim.flags });
    file = path.join(server.data, 'offset');
    await writeFile(file, '+0\n');
    await server.start({ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1' });
    await server.setUp();
    account = await sim.connect(server, 'mastodon', 'hasty');
  });
  after(async () => {
    await server.remove();
    await sim.close();
  });

  test('ahead sends nothing, and says why; back again it goes on; the operator may vouch for it', async () => {
    const moscow = 3 * 3600_000; // the project's zone
    const soon = new Date(Date.now() + 3600_000 + moscow).toISOString().slice(0, 16);
    const made = await server.publish(account, 'Через час', { when: { kind: 'at', wall_time: soon } });
    await writeFile(file, '+61m\n');
    await eventually('the jump is seen', async () => (await pulse()).problem === doubt);
    await sleep(1500);
    assert.equal((await sim.seen('Через час')).posts.length, 0, 'nothing before its true time');
    const waiting = await server.delivery(made.id, ['scheduled']);
    assert.equal(waiting.waiting.code, doubt);
    await writeFile(file, '+0\n');
    await eventually('the clock is believed again', async () => (await pulse()).problem === null);
    await writeFile(file, '+61m\n');
    await eventually('the second jump is seen', async () => (await pulse()).problem === doubt);
    await run(program, ['trust-clock', '--data', server.data]);
    await server.delivery(made.id, ['published']);
  });
});
