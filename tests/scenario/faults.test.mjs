// What happens to the process and its machine (docs/publishing.md, "Faults"): stopped, frozen, out of disk, of descriptors, of the
// store; a person who changes their mind while bytes are out. Every test has a world of its own and is judged by its oracle.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Server, eventually, program, sleep } from './support/server.mjs';
import { networks } from './support/netsim.mjs';
import { World, dice } from './support/world.mjs';

const run = promisify(execFile);
const quiet = 3000; // longer than the longest quiet time under the tests' scale, and than a gate's yes lives

async function inWorld(work, { prepare = async () => {}, end = async () => {} } = {}) {
  const world = await World.start();
  try {
    await prepare(world);
    await world.setUp();
    return await work(world);
  } finally {
    await end(world);
    await world.close();
  }
}

// Everything at rest and every verdict 0. Gives the number of doubts.
async function allIsWell(world, texts) {
  await world.settle(texts);
  const { details, doubts } = await world.judge(texts);
  assert.deepEqual(details, []);
  return doubts;
}

const latency = (world, ms) => Promise.all(networks.map((network) => world.sim.order('latency', { network, ms })));
const doors = (world, isOpen) => Promise.all(networks.map((network) => world.sim.order('door', { network, open: isOpen })));
const bodies = async (world, text) => (await world.sim.seen(text)).bodies;
const bodiesAreOut = (world, text) => eventually('the bodies are out', async () => (await bodies(world, text)) === networks.length);
const states = async (world, id) => Object.fromEntries((await world.server.publication(id)).deliveries.map((d) => [world.accounts[d.account_id], d.state]));

// Leaves no byte on a small file system, until `filler` is removed.
async function fill(folder) {
  const { bavail, bsize } = statfsSync(folder);
  await writeFile(path.join(folder, 'filler'), Buffer.alloc(bavail * bsize)).catch((full) => assert.equal(full.code, 'ENOSPC'));
  await eventually('the disk is full', () => statfsSync(folder).bavail === 0);
}

describe('the process', { concurrency: 3 }, () => {
  test('B03: SIGTERM, then SIGKILL before it is done: nothing lost, nothing stays claimed', { timeout: 240_000 }, (t) =>
    inWorld(async (world) => {
      const seed = Number(process.env.POSTMYPOST_SEED ?? Date.now() % 1_000_000);
      const roll = dice(seed);
      await latency(world, 150);
      let kills = 0;
      let doubts = 0;
      for (let round = 0; round < 6; ++round) {
        const texts = new Map();
        await world.publish(`Остановка ${round}`, texts);
        await world.publish(`Остановка ${round} ещё`, texts);
        await sleep(roll(200));
        world.server.process.kill('SIGTERM');
        await sleep(roll(150));
        await world.server.stop('SIGKILL');
        if (world.server.exited.signal === 'SIGKILL') ++kills;
        await world.server.start();
        doubts += await allIsWell(world, texts);
      }
      t.diagnostic(`seed ${seed}: ${kills} kills before the stop was done, ${doubts} doubts`);
      assert.ok(doubts <= kills * 2, `${doubts} doubts of ${kills} kills`);
    }));

  test('B31: frozen at each point for longer than the quiet time, then woken: the stale sender stops at the gate', { timeout: 400_000 }, async (t) => {
    const points = await inWorld(async (world) => (await world.server.stop(), (await world.listPoints()).publishing));
    const queue = points.filter((point) => !point.startsWith('storage.'));
    let stopped = 0;
    const freezeSome = () =>
      inWorld(async (world) => {
        for (let point = queue.shift(); point; point = queue.shift()) {
          await world.server.stop();
          await world.server.start({ POSTMYPOST_FAULT: `${point}:1:stop` });
          const texts = new Map();
          const text = `Заморозка ${point}`;
          const publishing = world.publish(text, texts).catch(() => null);
          const frozen = () => readFileSync(`/proc/${world.server.process.pid}/stat`, 'utf8').split(') ')[1][0] === 'T';
          await eventually(`${point} is met`, frozen);
          ++stopped;
          await sleep(quiet);
          const second = await run(program, ['serve', '--data', world.server.data, '--listen', '127.0.0.1:0']).catch((failure) => failure);
          assert.match(second.stderr, /Another postmypost works with/, 'W19: a frozen process still holds its data');
          world.server.process.kill('SIGCONT');
          await publishing;
          await world.recall(texts, [text]);
          assert.ok((await allIsWell(world, texts)) <= 2);
        }
      });
    await Promise.all([freezeSome(), freezeSome(), freezeSome()]);
    t.diagnostic(`${stopped} points`);
    assert.ok(stopped >= 8);
  });

  test('B44: without free descriptors people wait, and the engine goes on', { timeout: 120_000 }, () =>
    inWorld(
      async (world) => {
        const sockets = [];
        const texts = new Map();
        await latency(world, 300);
        await world.publish('Мало дескрипторов', texts);
        for (let i = 0; i < 300; ++i) {
          const socket = net.connect(world.server.port, '127.0.0.1');
          socket.on('error', () => {});
          sockets.push(socket);
        }
        await bodiesAreOut(world, 'Мало дескрипторов');
        for (const socket of sockets) socket.destroy();
        assert.equal(await allIsWell(world, texts), 0);
        await world.publish('Снова хватает', texts);
        assert.equal(await allIsWell(world, texts), 0);
        assert.equal(world.server.exited, null);
      },
      { prepare: async (world) => (world.server.launcher = ['prlimit', '--nofile=128']) },
    ));
});

describe('networks out of reach', { concurrency: 2 }, () => {
  test('B13: refused connections are proof that nothing happened; no doubt comes of them', { timeout: 120_000 }, () =>
    inWorld(async (world) => {
      await doors(world, false);
      const texts = new Map();
      const made = await world.publish('Никого нет дома', texts);
      await eventually('all wait', async () => {
        const now = await states(world, made.id);
        return networks.every((network) => now[network] === 'retry_wait');
      });
      await doors(world, true);
      assert.equal(await allIsWell(world, texts), 0);
      assert.equal(await bodies(world, 'Никого нет дома'), networks.length);
      const events = (await world.server.publication(made.id)).deliveries.flatMap((d) => d.events.map((event) => event.to));
      assert.ok(!events.includes('unknown'));
    }));

  test('B13: a name without address and a server without TLS are said when connecting, and nothing is stored', () =>
    inWorld(async (world) => {
      const route = `/api/v1/projects/${world.server.project}/accounts`;
      const before = (await world.server.ok('GET', route.slice(7))).items.length;
      for (const instance of ['https://nobody.invalid', `https://127.0.0.1:${world.sim.ports.mastodon}`]) {
        const answer = await world.server.call('POST', route, { channel: 'mastodon', instance });
        assert.equal(answer.json.code, 'network.unreachable', instance);
        assert.ok(answer.json.how_to_fix);
      }
      assert.equal((await world.server.ok('GET', route.slice(7))).items.length, before);
    }));

  test('B20, B23: while one account drips and another is throttled, a third one of the same network goes on', { timeout: 120_000 }, () =>
    inWorld(async ({ server, sim }) => {
      const [slow, throttled, third] = [await sim.connect(server, 'telegram', 'drips'), await sim.connect(server, 'telegram', 'throttled'), await sim.connect(server, 'telegram', 'third')];
      const rule = (name, more) => ({ network: 'telegram', match: ['/sendMessage', `/bot${sim.tokenOf(name)}/`], ...more });
      await sim.script([
        rule('drips', { answer: 'drip', pause_ms: 500 }),
        rule('throttled', { acts: 'no', answer: 'given', status: 429, body: '{"ok":false,"parameters":{"retry_after":600}}' }),
      ]);
      const held = [await server.publish(slow, 'Капает'), await server.publish(throttled, 'Придержан')];
      await eventually('both are met', async () => (await sim.order('oracle')).waiting === 0);
      await server.delivery((await server.publish(third, 'Свободен')).id, ['published']);
      const states = await Promise.all(held.map(async ({ id }) => (await server.publication(id)).deliveries[0].state));
      assert.deepEqual(states, ['sending', 'retry_wait']);
    }));

  test('B40: networks away while work piles up: all of it is out once, in its order, when they are back', { timeout: 240_000 }, () =>
    inWorld(async (world) => {
      await doors(world, false);
      const texts = new Map();
      for (let n = 0; n < 5; ++n) await world.publish(`Копится ${n}`, texts);
      await sleep(quiet);
      assert.equal((await world.sim.order('oracle')).telegram.posts.length, 0);
      await doors(world, true);
      assert.equal(await allIsWell(world, texts), 0);
      const oracle = await world.sim.order('oracle');
      for (const network of networks) assert.equal(oracle[network].posts.length, 5);
    }));
});

describe('people who change their mind while bytes are out', () => {
  test('B37: an edit, a cancel and a disconnect are refused while it is being sent', { timeout: 120_000 }, () =>
    inWorld(async (world) => {
      const { server, sim } = world;
      await latency(world, 2000);
      const texts = new Map();
      const made = await world.publish('Передумал', texts);
      await bodiesAreOut(world, 'Передумал');
      const view = await server.publication(made.id);
      const edit = await server.call('PUT', `/api/v1/projects/${server.project}/publications/${made.id}`, {
        account_ids: Object.keys(world.accounts).map(Number),
        details: [{ account_id: null, text: 'Другой текст', pictures: [] }],
        when: { kind: 'now' },
        version: view.version,
      });
      assert.equal(edit.json.code, 'publication.frozen', edit.text);
      const telegram = view.deliveries.find((d) => world.accounts[d.account_id] === 'telegram');
      const cancel = await server.call('POST', `/api/v1/projects/${server.project}/deliveries/${telegram.id}/cancel`);
      assert.ok(cancel.status >= 400 && cancel.status < 500, `${cancel.status}`);
      const disconnect = await server.call('DELETE', `/api/v1/projects/${server.project}/accounts/${telegram.account_id}`);
      assert.equal(disconnect.json.code, 'delivery.sending', disconnect.text);
      assert.equal(await allIsWell(world, texts), 0);
      const seen = await sim.seen('Передумал');
      assert.deepEqual([seen.posts.length, seen.bodies], [networks.length, networks.length]);
    }));

  test('B37: publish and disconnect race: either the post is out and known, or nothing leaves', { timeout: 120_000 }, () =>
    inWorld(async ({ server, sim }) => {
      let wins = 0;
      const race = async (n) => {
        const account = await sim.connect(server, 'telegram', `race${n}`);
        const due = Math.ceil(Date.now() / 1000 + 1) * 1000; // Moscow's wall time has whole seconds
        const wall = new Date(due + 3 * 3600_000).toISOString().slice(0, 19);
        const made = await server.publish(account, `Гонка ${n}`, { when: { kind: 'at', wall_time: wall } });
        await sleep(due - Date.now() + (n === 0 ? -500 : 4 * n - 12)); // once well before, then around the moment
        const answer = await server.call('DELETE', `/api/v1/projects/${server.project}/accounts/${account.id}`);
        if (answer.status >= 300) assert.equal(answer.json.code, 'delivery.sending');
        else ++wins;
        const delivery = await server.delivery(made.id, ['published', 'cancelled']);
        const { posts, bodies } = await sim.seen(`Гонка ${n}`);
        assert.deepEqual([posts.length, bodies], delivery.state === 'published' ? [1, 1] : [0, 0]);
      };
      await Promise.all(Array.from({ length: 12 }, (_, n) => race(n)));
      assert.ok(wins > 0, 'some accounts were disconnected');
    }));
});

describe('the store', { concurrency: 3 }, () => {
  test('B05: the disk fills while answers are under way: no new send starts, outcomes are kept, all is right when space returns', { timeout: 240_000 }, async (t) => {
    let mounted = false;
    await inWorld(
      async (world) => {
        if (!mounted) return t.skip('no right to mount a small file system');
        const { server } = world;
        await latency(world, 4000);
        const texts = new Map();
        await world.publish('Диск полон', texts);
        await world.publish('Ждёт места', texts);
        await bodiesAreOut(world, 'Диск полон');
        await fill(server.data);
        await sleep(6000); // the answers are in, and the next in every lane could go
        assert.equal(await bodies(world, 'Ждёт места'), 0, 'no new sends while the disk is full');
        assert.equal(server.exited, null);
        await rm(path.join(server.data, 'filler'));
        await latency(world, 0);
        assert.equal(await allIsWell(world, texts), 0, 'what was answered while the disk was full is known');
      },
      {
        prepare: async ({ server }) => (mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', server.data]).then(() => true, () => false)),
        end: ({ server }) => mounted && server.stop('SIGKILL').then(() => run('umount', ['-l', server.data])),
      },
    );
  });

  test('B06: the disk of the journal fills while answers are under way: no new send starts, outcomes are still written', { timeout: 240_000 }, async (t) => {
    let mounted = false;
    const folder = await mkdtemp(path.join(os.tmpdir(), 'postmypost-journal-'));
    await inWorld(
      async (world) => {
        if (!mounted) return t.skip('no right to mount a small file system');
        await latency(world, 3000);
        const texts = new Map();
        const first = await world.publish('Журнал полон', texts);
        await bodiesAreOut(world, 'Журнал полон');
        await fill(folder);
        const second = await world.publish('Журнал ждёт места', texts);
        await eventually('what was out is known', async () => Object.values(await states(world, first.id)).every((state) => state === 'published'));
        await sleep(quiet);
        assert.equal(await bodies(world, 'Журнал ждёт места'), 0, 'no new sends while the journal is full');
        assert.ok(Object.values(await states(world, second.id)).every((state) => state === 'scheduled'));
        await rm(path.join(folder, 'filler'));
        await latency(world, 0);
        assert.equal(await allIsWell(world, texts), 0);
      },
      {
        prepare: async ({ server }) => {
          mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]).then(() => true, () => false);
          server.flags = [...server.flags, '--journal', folder];
        },
        end: ({ server }) => mounted && server.stop('SIGKILL').then(() => run('umount', ['-l', folder])),
      },
    );
    await rm(folder, { recursive: true });
  });

  test('B08: another writer holds the database: work waits, and none of it is lost or doubled', { timeout: 120_000 }, () =>
    inWorld(async (world) => {
      const texts = new Map();
      await latency(world, 200);
      const other = new DatabaseSync(path.join(world.server.data, 'postmypost.sqlite'), { timeout: 10_000 });
      for (let round = 0; round < 3; ++round) {
        const text = `Заперто ${round}`;
        const publishing = world.publish(text, texts).catch(() => null);
        await sleep(100 * round);
        other.exec('begin immediate');
        await sleep(quiet);
        other.exec('rollback');
        await publishing;
        await world.recall(texts, [text]);
      }
      other.close();
      assert.equal(await allIsWell(world, texts), 0);
    }));

  test('B42: a damaged database is refused in words, and nothing is sent from it', { timeout: 120_000 }, () =>
    inWorld(async (world) => {
      const { server } = world;
      await world.publish('До порчи', new Map());
      await server.stop();
      const file = path.join(server.data, 'postmypost.sqlite');
      const handle = await open(file, 'r+');
      const { size } = await handle.stat();
      for (let page = 1; page < size / 4096; page += 2) await handle.write(Buffer.alloc(64, 0xff), 0, 64, page * 4096);
      await handle.close();
      const posts = (await world.sim.order('counters')).telegram.posts;
      await server.start();
      assert.ok(server.exited && server.exited.code !== 0, `it starts: ${server.log.slice(-300)}`);
      assert.match(server.log, /damaged|malformed|corrupt/i);
      assert.equal((await world.sim.order('counters')).telegram.posts, posts);
    }));

  test('B45: a key that is not the one of these data is refused, and they are as they were with the right one', { timeout: 120_000 }, () =>
    inWorld(async (world) => {
      const { server } = world;
      await server.stop();
      const key = path.join(server.data, 'master.key');
      const right = await readFile(key);
      await chmod(key, 0o600);
      const text = right.toString('latin1');
      await writeFile(key, text.replace(/[0-9A-Za-z]/g, (c) => (c === 'a' ? 'b' : 'a')));
      await chmod(key, 0o400);
      await server.start();
      assert.ok(server.exited && server.exited.code !== 0, 'no start with a wrong key');
      assert.match(server.log, /key/i);
      await chmod(key, 0o600);
      await writeFile(key, right);
      await chmod(key, 0o400);
      await server.start();
      const texts = new Map();
      await world.publish('Верный ключ', texts);
      assert.equal(await allIsWell(world, texts), 0);
    }));
});
