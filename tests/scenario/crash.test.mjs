// SIGKILL at every named point of a publish, in each class of network: nothing lost, nothing twice, doubt only where nobody can
// know. The points are listed by a first run, so a new one can't be forgotten.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startMastodon } from '../networks/mastodon.mjs';
import { serviceChat, startTelegram, token } from '../networks/telegram.mjs';
import { png } from './support/png.mjs';
import { Server } from './support/server.mjs';

// Between these and the recorded outcome the byte may be out: only here a doubt is allowed.
const afterGate = ['engine.gate', 'engine.gate_journaled', 'egress.before_last_byte', 'egress.after_last_byte', 'egress.after_answer', 'engine.answered', 'engine.before_outcome'];

async function connectMastodon(server, instance) {
  const { redirect } = await server.connect({ channel: 'mastodon', instance: instance.url });
  const back = await fetch(redirect, { redirect: 'manual' });
  const query = new URL(back.headers.get('location')).searchParams;
  return server.ok('POST', '/connect/return', { code: query.get('code'), state: query.get('state') });
}

const classes = {
  'own page': {
    async start() {
      return { flags: [], close() {}, posts: async (server, text) => (await (await fetch(`${server.url}/@soyka/feed.json`)).json()).items.filter((i) => i.content_text === text).length };
    },
    connect: (server) => server.ownPage(),
    mayStayInDoubt: false,
  },
  'Telegram without a service chat': {
    async start() {
      const bot = await startTelegram();
      return { bot, flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`], close: () => bot.close(), refused: bot.refused, posts: async (_, text) => bot.oracle.filter((p) => p.text === text).length };
    },
    connect: (server) => server.connect({ channel: 'telegram', token, chat: 'https://t.me/soyka_coffee' }),
    mayStayInDoubt: true,
  },
  'Telegram with a service chat': {
    async start() {
      const bot = await startTelegram();
      return { bot, flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`], close: () => bot.close(), refused: bot.refused, posts: async (_, text) => bot.oracle.filter((p) => p.text === text).length };
    },
    connect: (server) => server.connect({ channel: 'telegram', token, chat: '@soyka_coffee', service_chat: String(serviceChat) }),
    mayStayInDoubt: true,
  },
  Mastodon: {
    async start() {
      const instance = await startMastodon();
      return { instance, flags: ['--egress-allow', `127.0.0.1:${instance.port}`], close: () => instance.close(), refused: instance.refused, posts: async (_, text) => instance.oracle.filter((p) => p.text === text).length };
    },
    connect(server, world) {
      return connectMastodon(server, world.instance);
    },
    mayStayInDoubt: false,
  },
};

for (const [name, kind] of Object.entries(classes)) {
  describe(name, () => {
    let server;
    let world;
    let account;
    let file;
    let points;
    before(async () => {
      world = await kind.start();
      server = await Server.create({ flags: world.flags });
      await server.start();
      await server.setUp();
      account = await kind.connect(server, world);
      file = await server.upload(png(200, 150));
      await server.stop();
      const scratch = await mkdtemp(path.join(os.tmpdir(), 'points-'));
      await server.start({ POSTMYPOST_FAULT_LIST: path.join(scratch, 'points') });
      const made = await server.publish(account, 'Без аварий', { pictures: [{ file_id: file.id, alt: 'Градиент' }] });
      await server.delivery(made.id, ['published']);
      await server.stop();
      points = (await readFile(path.join(scratch, 'points'), 'utf8')).trim().split('\n').filter((p) => !p.startsWith('storage.'));
      await rm(scratch, { recursive: true });
    });
    after(async () => {
      await server.remove();
      await world.close();
      if (world.refused) assert.deepEqual(world.refused, [], 'the stand-in refused nothing');
    });

    async function killAt(point, hit, text) {
      await server.start({ POSTMYPOST_FAULT: `${point}:${hit}` });
      const made = server.exited ? null : await server.publish(account, text, { pictures: [{ file_id: file.id, alt: 'Градиент' }] }).catch(() => null);
      const ended = await Promise.race([server.ended, new Promise((resolve) => setTimeout(resolve, 8000))]);
      if (!ended) await server.stop();
      else assert.equal(ended.signal, 'SIGKILL');
      await server.start();
      const found = (await server.ok('GET', `/projects/${server.project}/publications`)).items.find((card) => card.excerpt === text);
      if (!found) {
        assert.equal(made, null, 'what was acknowledged is never lost');
        assert.equal(await world.posts(server, text), 0);
        await server.stop();
        return null;
      }
      const delivery = await server.delivery(found.id, ['published', 'held', 'failed']);
      const posts = await world.posts(server, text);
      await server.stop();
      return { delivery, posts };
    }

    test('a kill at each point loses nothing and doubles nothing', { timeout: 600_000 }, async (t) => {
      const wanted = name === 'own page' ? ['engine.claimed', 'engine.before_local', 'engine.local'] : ['engine.claimed', 'engine.before_intent', 'engine.intent', 'engine.before_gate', 'engine.gate', 'egress.after_last_byte', 'engine.answered', 'engine.before_outcome', 'engine.outcome'];
      for (const point of wanted) assert.ok(points.includes(point), `${point} is on the way`);
      for (const point of points) {
        await t.test(point, async () => {
          const result = await killAt(point, 1, `Авария: ${point}`);
          assert.ok(result, 'the publication was acknowledged');
          const { delivery, posts } = result;
          if (kind.mayStayInDoubt && afterGate.includes(point)) {
            assert.ok(posts <= 1, 'never twice');
            if (delivery.state === 'held') assert.equal(delivery.reason, 'undecided');
            else assert.deepEqual([delivery.state, posts], ['published', 1]);
          } else {
            assert.deepEqual([delivery.state, posts], ['published', 1]);
          }
        });
      }
    });

    test('a kill inside a group commit, before and after it, loses nothing and doubles nothing', { timeout: 600_000 }, async (t) => {
      for (const point of ['storage.before_commit', 'storage.after_commit']) {
        for (const hit of [6, 8, 10, 12]) {
          await t.test(`${point}, commit ${hit}`, async () => {
            const result = await killAt(point, hit, `Коммит: ${point} ${hit}`);
            if (!result) return;
            const { delivery, posts } = result;
            assert.ok(posts <= 1, 'never twice');
            if (delivery.state === 'held') assert.ok(kind.mayStayInDoubt && delivery.reason === 'undecided');
            else assert.deepEqual([delivery.state, posts], ['published', 1]);
          });
        }
      }
    });
  });
}
