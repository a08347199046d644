// The official Bluesky PDS and PLC directory on loopback. Prints one line {"pds","plc"} when ready; ends, and removes its
// data, on SIGTERM, SIGINT or the end of its standard input (so that it never outlives the test that started it).
//   node --require ./loopback-only.cjs pds.mjs PDS_PORT PLC_PORT
import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// Both servers name themselves http://localhost:PORT and talk to each other by that name.
await lookup('localhost').catch(() => {
  console.error('The Bluesky server needs the name localhost: add "127.0.0.1 localhost" to /etc/hosts.');
  process.exit(1);
});

// dev-env puts databases and blobs in the folder for temporary files and leaves them there.
const data = mkdtempSync(path.join(os.tmpdir(), 'postmypost-pds-'));
process.env.TMPDIR = data;
process.on('exit', () => rmSync(data, { recursive: true, force: true }));

// A client that is killed in the middle of a request must not end the server of all the other tests; what it threw is for the log.
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (error) => console.error(event, error));

const { TestNetworkNoAppView } = await import('@atproto/dev-env');
const [pdsPort, plcPort] = process.argv.slice(2).map(Number);
const network = await TestNetworkNoAppView.create({ plc: { port: plcPort }, pds: { port: pdsPort } });

async function end() {
  // A client's kept-alive connection must not hold up the end.
  setTimeout(() => process.exit(0), 3000).unref();
  await network.close().catch(() => {});
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end);
process.stdin.resume();
process.stdin.once('end', end);
console.log(JSON.stringify({ pds: network.pds.url, plc: network.plc.url }));
