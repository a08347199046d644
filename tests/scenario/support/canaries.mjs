// Looks for texts that must not be there, byte by byte: as they are, and in every coating a program may give them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const utf16be = (text) => Buffer.from(text, 'utf16le').swap16();
// Base64 of a text inside something longer depends on where it begins: what is the same for every neighbour, at each of the three.
function base64s(bytes, alphabet) {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString(alphabet).replace(/=+$/, '');
    const first = Math.ceil((shift * 8) / 6);
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    return Buffer.from(text.slice(first, whole));
  });
}
const percent = (bytes, digits) => Buffer.from([...bytes].map((byte) => `%${digits(byte.toString(16).padStart(2, '0'))}`).join(''));
const escaped = (text) => Buffer.from([...text].map((c) => (c.charCodeAt(0) < 128 ? c : [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''))).join(''));

// Every coating of one text: [name, bytes].
export function coatings(text) {
  const bytes = Buffer.from(text);
  return [
    ['as it is', bytes],
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', utf16be(text)],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
    ...base64s(bytes, 'base64').map((b) => ['base64', b]),
    ...base64s(bytes, 'base64url').map((b) => ['base64url', b]),
    ['percent', percent(bytes, (d) => d.toUpperCase())],
    ['percent', percent(bytes, (d) => d)],
    ['percent', Buffer.from(encodeURIComponent(text))],
    ['JSON escapes', escaped(text)],
  ].filter(([, b], i, all) => all.findIndex(([, other]) => other.equals(b)) === i);
}

const largest = { maxOutputLength: 64 << 20, finishFlush: zlib.constants.Z_SYNC_FLUSH };
const unpack = (how, bytes) => {
  try {
    return how(bytes, largest);
  } catch {
    return null;
  }
};

// RFC 1952: ten bytes, then what their flags announce. Read by hand, because whatever follows the stream is no error here.
function endOfGzipHead(buffer, at) {
  const flags = buffer[at + 3];
  let end = at + 10;
  if (flags & 4) end += 2 + buffer[end] + 256 * buffer[end + 1];
  for (const named of [8, 16]) if (flags & named) end = buffer.indexOf(0, end) + 1;
  return flags & 2 ? end + 2 : end;
}

// What is packed inside: zlib and gzip streams, and members of ZIP archives.
function* packedIn(buffer) {
  for (let at = buffer.indexOf(0x78); at >= 0; at = buffer.indexOf(0x78, at + 1)) {
    if ((((buffer[at] << 8) | buffer[at + 1]) % 31) !== 0) continue; // RFC 1950: the two header bytes check each other
    const plain = unpack(zlib.inflateSync, buffer.subarray(at));
    if (plain?.length) yield ['zlib', plain];
  }
  const gzip = Buffer.from([0x1f, 0x8b, 0x08]);
  for (let at = buffer.indexOf(gzip); at >= 0; at = buffer.indexOf(gzip, at + 1)) {
    const plain = unpack(zlib.inflateRawSync, buffer.subarray(endOfGzipHead(buffer, at)));
    if (plain?.length) yield ['gzip', plain];
  }
  const member = Buffer.from('PK\x03\x04', 'latin1');
  for (let at = buffer.indexOf(member); at >= 0; at = buffer.indexOf(member, at + 1)) {
    if (at + 30 > buffer.length || buffer.readUInt16LE(at + 8) !== 8) continue; // stored members are seen as they are
    const begin = at + 30 + buffer.readUInt16LE(at + 26) + buffer.readUInt16LE(at + 28);
    const plain = unpack(zlib.inflateRawSync, buffer.subarray(begin));
    if (plain?.length) yield ['ZIP member', plain];
  }
}

// Which of the texts are in these bytes, as "text (coating)". Packed things are opened twice deep.
export function findIn(buffer, texts, depth = 2) {
  const found = new Set();
  for (const text of texts) {
    for (const [name, bytes] of coatings(text)) if (buffer.includes(bytes)) found.add(`${text} (${name})`);
  }
  if (depth > 0) {
    for (const [how, plain] of packedIn(buffer)) for (const one of findIn(plain, texts, depth - 1)) found.add(`${one} in ${how}`);
  }
  return [...found];
}

// Every file below the folders: "file: text (coating)".
export function findBelow(folders, texts) {
  const found = [];
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true })) {
      const file = path.join(folder, name);
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
      for (const one of findIn(readFileSync(file), texts)) found.push(`${file}: ${one}`);
    }
  }
  return found;
}
