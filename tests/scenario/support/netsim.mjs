// Starts postmypost-netsim (tests/netsim): real API shapes on loopback ports, an oracle of accepted posts, a fault script.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { endsWithTests, program } from './server.mjs';

export const networks = ['telegram', 'mastodon', 'gotosocial', 'bluesky'];

export class NetSim {
  static async start() {
    const sim = new NetSim();
    sim.process = spawn(path.join(path.dirname(program), 'postmypost-netsim'), { stdio: ['ignore', 'pipe', 'inherit'] });
    endsWithTests(sim.process);
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
    const bodies = all('bodies');
    return { posts: all('posts'), bodies: bodies.reduce((sum, body) => sum + body.count, 0), first: bodies[0]?.first, connections: bodies.flatMap((body) => body.connections) };
  }

  // A Telegram bot of its own for every account, so that a rule can name it.
  tokenOf(name) {
    return `123456:${name.padEnd(35, '_')}`;
  }

  fieldsOf(network, name) {
    if (network === 'telegram') return { channel: 'telegram', token: this.tokenOf(name), chat: `@${name}` };
    if (network === 'bluesky') return { channel: 'bluesky', handle: `did:plc:${name}`, app_password: 'abcd-efgh-ijkl-mnop', pds: this.url('bluesky') };
    return { channel: 'mastodon', instance: this.url(network) };
  }

  // Connects an account called `name` (small letters and digits) to the project of the server.
  connect(server, network, name) {
    return this.connectAt(server, `/projects/${server.project}/accounts`, network, name);
  }

  reconnect(server, id, network, name) {
    return this.connectAt(server, `/projects/${server.project}/accounts/${id}/reconnect`, network, name);
  }

  async connectAt(server, route, network, name) {
    const answer = await server.ok('POST', route, this.fieldsOf(network, name));
    if (!answer.redirect) return answer;
    const { redirect } = answer;
    const back = await fetch(`${redirect}&as=${name}`, { redirect: 'manual' });
    const query = new URL(back.headers.get('location')).searchParams;
    return server.ok('POST', '/connect/return', { code: query.get('code'), state: query.get('state') });
  }
}
