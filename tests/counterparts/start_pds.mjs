// Starts pds.mjs on free ports and waits until it is ready: { pds, plc, ports, stop() }. An end that nobody asked for is
// told with its last words: tests after it fail for no other reason.
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
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
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
  let stopping = false;
  ended.then((code) => stopping || console.error(`the Bluesky server ended by itself (${code}): ${said.slice(-4000)}`));
  const stop = () => ((stopping = true), child.stdin.end(), ended);
  return { ...ready, ports, stop };
}
