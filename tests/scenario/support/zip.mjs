// A ZIP, unpacked and packed for tests. Reads by the central directory, as people's programs do; packs whatever it is told to, sizes and
// kinds of entries that lie included.
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

// { name: Buffer }. Knows ZIP64 sizes.
export function unpack(zip) {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== 0x06054b50) --end;
  if (end < 0) throw new Error('no ZIP');
  const members = {};
  let at = zip.readUInt32LE(end + 16);
  let count = zip.readUInt16LE(end + 10);
  if (count === 0xffff || at === 0xffffffff) {
    const end64 = Number(zip.readBigUInt64LE(end - 20 + 8));
    count = Number(zip.readBigUInt64LE(end64 + 32));
    at = Number(zip.readBigUInt64LE(end64 + 48));
  }
  for (let i = 0; i < count; ++i) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error('no directory');
    const [method, nameSize, extraSize, commentSize] = [zip.readUInt16LE(at + 10), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    let [packed, size, local] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 42)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameSize);
    for (let extra = at + 46 + nameSize; extra < at + 46 + nameSize + extraSize; extra += 4 + zip.readUInt16LE(extra + 2)) {
      if (zip.readUInt16LE(extra) !== 1) continue;
      let value = extra + 4;
      const next = () => Number(zip.readBigUInt64LE((value += 8) - 8));
      if (size === 0xffffffff) size = next();
      if (packed === 0xffffffff) packed = next();
      if (local === 0xffffffff) local = next();
    }
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const raw = zip.subarray(data, data + packed);
    members[name] = method === 8 ? inflateRawSync(raw) : raw;
    if (members[name].length !== size) throw new Error(`${name} has another size`);
    if (crc32(members[name]) !== zip.readUInt32LE(at + 16)) throw new Error(`${name} has another checksum`);
    at += 46 + nameSize + extraSize + commentSize;
  }
  return members;
}

// [{ name, bytes, mode = 0o100600, size = bytes.length }]: `mode` makes a symlink of an entry, `size` is what the headers claim.
export function pack(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes, mode = 0o100600, size = bytes.length } of entries) {
    const packed = deflateRawSync(bytes);
    const path = Buffer.from(name);
    const head = (signature, more) => {
      const out = Buffer.alloc(more);
      out.writeUInt32LE(signature, 0);
      return out;
    };
    const local = head(0x04034b50, 30);
    const central = head(0x02014b50, 46);
    for (const [header, from] of [[local, 4], [central, 6]]) {
      header.writeUInt16LE(20, from);
      header.writeUInt16LE(8, from + 4);
      header.writeUInt32LE(crc32(bytes) >>> 0, from + 10);
      header.writeUInt32LE(packed.length, from + 14);
      header.writeUInt32LE(size, from + 18);
      header.writeUInt16LE(path.length, from + 22);
    }
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    parts.push(local, path, packed);
    directory.push(central, path);
    offset += 30 + path.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
