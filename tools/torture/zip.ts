import { crc32, deflateRawSync } from 'node:zlib';

/** A file that is whole. */
export interface Seed {
  /** With its ending. */
  readonly name: string;
  readonly bytes: Buffer;
}

function fields(...values: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const out = Buffer.alloc(bytes);
      out.writeUIntLE(value, 0, bytes);
      return out;
    }),
  );
}

/** A zip archive, compressed, written here so that the same files give the same bytes. */
export function zipOf(files: readonly Seed[]): Buffer {
  const members: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const path = Buffer.from(name);
    const packed = deflateRawSync(bytes);
    const common = fields(
      [2, 20],
      [2, 0],
      [2, 8],
      [4, 0x21_0000],
      [4, crc32(bytes)],
      [4, packed.length],
      [4, bytes.length],
      [2, path.length],
      [2, 0],
    );
    const member = Buffer.concat([fields([4, 0x04034b50]), common, path, packed]);
    const entry = [
      fields([4, 0x02014b50], [2, 20]),
      common,
      fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
    ];
    directory.push(...entry, path);
    members.push(member);
    offset += member.length;
  }
  const central = Buffer.concat(directory);
  const end = fields(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
    [4, central.length],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...members, central, end]);
}
