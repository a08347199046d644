// Starts postmypost-netsim (tests/netsim): real API shapes on loopback ports, an oracle of accepted posts, a fault script.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { program } from './server.mjs';

export const networks = ['telegram', 'mastodon', 'gotosocial', 'bluesky'];

export class NetSim {
  static async start() {
    const sim = new NetSim();
    sim.process = spawn(path.join(path.dirname(program), 'postmypost-netsim'), { stdio: ['ignore', 'pipe', 'inherit'] });
    sim.ended = new Promise((resolve) => sim.process.once('exit', resolve));
    const [line] = await Promise.race([readline.createInterface(sim.process.stdout)[Symbol.asyncIterator]().next().then((l) => [l.value]), sim.ended.then(() => [])]);
    if (!line) throw new Error('postmypost-netsim did not start');
    sim.ports = JSON.parse(line);
    return sim;
  }

  async close() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  url(network) {
    return `http://127.0.0.1:${this.ports[network]}`;
  }

  // What the program needs in order to find these networks.
  get flags() {
    return ['--telegram-base', this.url('telegram'), ...networks.flatMap((name) => ['--egress-allow', `127.0.0.1:${this.ports[name]}`])];
  }

  async order(what, body) {
    const response = await fetch(`${this.url('control')}/${what}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  script(rules, seed = 1) {
    return this.order('script', { seed, rules });
  }

  // Accepted posts with this text, and whole bodies that were seen with it.
  async seen(text) {
    const oracle = await this.order('oracle');
    const all = (part) => networks.flatMap((name) => oracle[name][part].filter((item) => item.text === text));
    return { posts: all('posts'), bodies: all('bodies').reduce((sum, body) => sum + body.count, 0), connections: all('bodies').flatMap((body) => body.connections) };
  }

  // Connects an account called `name` (small letters and digits) to the project of the server.
  async connect(server, network, name) {
    if (network === 'telegram') return server.connect({ channel: 'telegram', token: `${[...name].reduce((n, c) => n * 31 + c.charCodeAt(0), 7) % 1e9}:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefgh`, chat: `@${name}` });
    if (network === 'bluesky') return server.connect({ channel: 'bluesky', handle: `did:plc:${name}`, app_password: 'abcd-efgh-ijkl-mnop', pds: this.url('bluesky') });
    const { redirect } = await server.connect({ channel: 'mastodon', instance: this.url(network) });
    const back = await fetch(`${redirect}&as=${name}`, { redirect: 'manual' });
    const query = new URL(back.headers.get('location')).searchParams;
    return server.ok('POST', '/connect/return', { code: query.get('code'), state: query.get('state') });
  }
}
