// The program, the simulated networks, and one connected account of each kind: where kills and faults happen.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { judge, settle } from './checker.mjs';
import { NetSim, networks } from './netsim.mjs';
import { Server } from './server.mjs';

export class World {
  // Set up, its accounts connected, the server running.
  static async start() {
    const world = new World();
    world.sim = await NetSim.start();
    world.server = await Server.create({ flags: world.sim.flags });
    return world;
  }

  async setUp() {
    const { server, sim } = this;
    await server.start();
    await server.setUp();
    this.accounts = { [(await server.ownPage()).id]: 'own page' };
    for (const network of networks) this.accounts[(await sim.connect(server, network, `canary${network}`)).id] = network;
    return this;
  }

  async close() {
    try {
      await this.server.remove();
    } finally {
      await this.sim.close();
    }
  }

  // One publication for all accounts, now. `texts` keeps what was acknowledged.
  async publish(text, texts = new Map()) {
    const made = await this.server.ok('POST', `/projects/${this.server.project}/publications`, {
      account_ids: Object.keys(this.accounts).map(Number),
      details: [{ account_id: null, text, pictures: [] }],
      when: { kind: 'now' },
    });
    texts.set(made.id, text);
    return made;
  }

  // Adds those that were committed although nobody was told; fails for one that was acknowledged and is gone.
  async recall(texts, wanted) {
    const cards = (await this.server.ok('GET', `/projects/${this.server.project}/publications`)).items;
    for (const id of texts.keys()) if (!cards.some((card) => card.id === id)) throw new Error(`publication ${id} was acknowledged and is gone`);
    for (const card of cards) if (wanted.includes(card.excerpt)) texts.set(card.id, card.excerpt);
  }

  settle(texts, ms) {
    return settle(this.server, texts.keys(), ms);
  }

  judge(texts) {
    return judge(this.server, this.sim, this.accounts, new Map([...texts].sort(([a], [b]) => a - b)));
  }

  // The named points that a publish passes, and those that a recovery of one passes that was killed with its bytes out. From a run, so
  // that a new point can't be forgotten. The server is stopped before and after.
  async listPoints() {
    const { server } = this;
    const scratch = await mkdtemp(path.join(os.tmpdir(), 'points-'));
    const texts = new Map();
    const list = async (name, work) => {
      const file = path.join(scratch, name);
      await server.start({ POSTMYPOST_FAULT_LIST: file });
      await work();
      await server.stop();
      return (await readFile(file, 'utf8')).trim().split('\n');
    };
    try {
      const publishing = await list('publish', () => this.publish('Список точек', texts).then(() => this.settle(texts)));
      await server.start({ POSTMYPOST_FAULT: `${publishing.find((point) => point.startsWith('egress.after'))}:1` });
      await this.publish('Список точек восстановления', texts).catch(() => null);
      await server.ended;
      const recovery = await list('recovery', () => this.settle(texts));
      return { publishing, recovery: [...new Set([...recovery, ...publishing])] };
    } finally {
      await rm(scratch, { recursive: true });
    }
  }
}

// SplitMix32: the same throws from the same seed; `roll(sides)` gives 0 to sides-1.
export function dice(seed) {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) % sides;
  };
}
