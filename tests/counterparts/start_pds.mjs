// Starts pds.mjs on free ports and waits until it is ready: { pds, plc, ports, stop() }.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { freePort } from '../scenario/support/server.mjs';

const folder = import.meta.dirname;

export async function startPds() {
  const ports = { pds: await freePort(), plc: await freePort() };
  const child = spawn(process.execPath, ['--require', path.join(folder, 'loopback-only.cjs'), path.join(folder, 'pds.mjs'), ports.pds, ports.plc], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ready = await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const line = said.split('\n').find((text) => text.startsWith('{"pds"') && text.endsWith('}'));
      if (line) resolve(JSON.parse(line));
    });
    ended.then(() => reject(new Error(`the Bluesky server ended: ${said.slice(-4000)}`)));
  });
  const stop = () => (child.stdin.end(), ended);
  return { ...ready, ports, stop };
}
