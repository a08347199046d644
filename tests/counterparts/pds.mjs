// The official Bluesky PDS and PLC directory on loopback. Prints one line {"pds","plc"} when ready; ends with its standard input.
//   node --require ./loopback-only.cjs pds.mjs PDS_PORT PLC_PORT
import { TestNetworkNoAppView } from '@atproto/dev-env';

const [pdsPort, plcPort] = process.argv.slice(2).map(Number);
const network = await TestNetworkNoAppView.create({ plc: { port: plcPort }, pds: { port: pdsPort } });
console.log(JSON.stringify({ pds: `http://localhost:${pdsPort}`, plc: `http://localhost:${plcPort}` }));
process.stdin.resume();
process.stdin.once('end', async () => {
  await network.close();
  process.exit(0);
});
