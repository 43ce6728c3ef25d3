import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Calls `read` for each field of a message; where it does not take the value (false), the value is passed over. */
export function fields(
  bytes: Uint8Array,
  read: (field: number, wire: WireType, reader: BinaryReader) => boolean,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (!read(field, wire, reader)) reader.skip(wire, field);
  }
}

/** Hands embedded messages, as views on the same memory, to those who know them. */
export function parts(bytes: Uint8Array, known: Readonly<Record<number, (part: Uint8Array) => void>>): void {
  fields(bytes, (field, wire, reader) => {
    const visit = wire === WireType.LengthDelimited ? known[field] : undefined;
    visit?.(reader.bytes());
    return visit !== undefined;
  });
}

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** Tag and value, as they stand in the message. */
  readonly raw: Uint8Array;
  /** The value, where it has a length: text, bytes, an embedded message, packed numbers. */
  readonly body: Uint8Array | undefined;
  /** The value, where it is a number of variable length. */
  readonly varint: number | undefined;
}

/** The fields of a message in their order; their bytes are views. @throws RangeError when it is none. */
export function fieldsOf(message: Uint8Array): Field[] {
  const found: Field[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wire] = reader.tag();
    let body: Uint8Array | undefined;
    let varint: number | undefined;
    if (wire === WireType.LengthDelimited) body = reader.bytes();
    else if (wire === WireType.Varint) varint = Number(reader.int64());
    else reader.skip(wire, number);
    found.push({ number, raw: message.subarray(start, reader.pos), body, varint });
  }
  return found;
}

/** A field that is a text. */
export function text({ raw }: Field): string {
  const reader = new BinaryReader(raw);
  reader.tag();
  return reader.string();
}

/** The values of a field of texts. */
export function texts(fields: readonly Field[], number: number): string[] {
  return fields.filter((field) => field.number === number).map(text);
}
