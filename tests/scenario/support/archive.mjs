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

// Sends an archive as the cabinet does and waits for its end.
export async function takeIn(server, zip) {
  let row = await server.ok('POST', '/me/imports', { bytes: zip.length });
  for (let at = 0; at < zip.length; at += row.piece_bytes) row = await sendPiece(server, row, zip.subarray(at, at + row.piece_bytes));
  await server.ok('POST', `/me/imports/${row.id}/submit`);
  return imported(server, row.id);
}

export async function sendPiece(server, row, bytes) {
  const response = await fetch(`${server.url}/api/v1/me/imports/${row.id}/pieces/${row.pieces}`, {
    method: 'PUT',
    body: bytes,
    headers: { Cookie: server.cookie, 'X-Requested-With': 'postmypost', 'Content-Type': 'application/octet-stream' },
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

export const imported = (server, id, ms) =>
  eventually('the import has ended', async () => {
    const row = (await server.ok('GET', '/me/imports')).items.find((one) => one.id === id);
    return ['done', 'failed', 'over'].includes(row.state) && row;
  }, ms);
