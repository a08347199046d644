// Taking one's data out and in, as the cabinet does it.
import { createHash } from 'node:crypto';
import { eventually } from './server.mjs';
import { unpack } from './zip.mjs';

export const password = 'four unrelated words here';

export async function ask(server, words = password) {
  return server.ok('POST', '/me/exports', { password: words });
}

export const ready = (server, id, ms) =>
  eventually('the export is ready', async () => {
    const row = (await server.ok('GET', '/me/exports')).items.find((one) => one.id === id);
    if (row.state === 'failed') throw new Error(`the export failed: ${row.problem}`);
    return row.state === 'ready' && row;
  }, ms);

export async function fetchArchive(server, id) {
  const response = await fetch(`${server.url}/api/v1/me/exports/${id}/archive`, { headers: { Cookie: server.cookie } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

// The whole way: { zip, members }.
export async function takeOut(server) {
  const { id } = await ask(server);
  await ready(server, id);
  const { bytes } = await fetchArchive(server, id);
  return { zip: bytes, members: unpack(bytes) };
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
export const json = (bytes) => JSON.parse(bytes.toString());
export const rows = (members, file, table) => json(members[file]).filter((line) => line.table === table).map((line) => line.row);
