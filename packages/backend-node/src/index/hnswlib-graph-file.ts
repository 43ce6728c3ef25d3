import { open, type FileHandle } from 'node:fs/promises';
import type { HnswGraphState } from '@fr-stream/core';

/** Nodes read at once. */
const NODES_AT_ONCE = 1024;

/**
 * The head of a file of hnswlib, `HierarchicalNSW::saveIndex`: numbers of 8 bytes in the memory order of the machine
 * that wrote it, which is little-endian wherever its addon is built.
 */
const HEAD_BYTES = 96;

interface Head {
  readonly count: number;
  readonly nodeBytes: number;
  readonly labelOffset: number;
  readonly dataOffset: number;
  readonly entry: number;
  /** Most links of a node on the upper layers. */
  readonly most: number;
}

function readHead(bytes: DataView): Head {
  const size = (at: number): number => Number(bytes.getBigUint64(at, true));
  return {
    count: size(16),
    nodeBytes: size(24),
    labelOffset: size(32),
    dataOffset: size(40),
    entry: bytes.getInt32(52, true),
    most: size(56),
  };
}

class Reader {
  readonly #file: FileHandle;
  #at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async take(length: number): Promise<DataView> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.#file.read(bytes, done, length - done, this.#at + done);
      if (bytesRead === 0) throw new Error('the graph is cut off');
      done += bytesRead;
    }
    this.#at += length;
    return new DataView(bytes.buffer);
  }
}

/**
 * Reads a graph that hnswlib saved, without hnswlib.
 * @returns nodes as the file has them, and the label of each; a vector that was marked as deleted is among them.
 * @throws Error when the file is cut off, or of vectors of other dimensions.
 */
export async function readHnswlibGraph(
  path: string,
  dimensions: number,
): Promise<{ readonly state: Omit<HnswGraphState, 'random'>; readonly labels: readonly number[] }> {
  await using file = await open(path);
  const reader = new Reader(file);
  const { count, nodeBytes, labelOffset, dataOffset, entry, most } = readHead(await reader.take(HEAD_BYTES));
  if (labelOffset - dataOffset !== 4 * dimensions)
    throw new Error(`its vectors are not of ${dimensions} dimensions`);
  const vectors = new Float32Array(count * dimensions);
  const lowest: Int32Array[] = [];
  const labels: number[] = [];
  for (let first = 0; first < count; first += NODES_AT_ONCE) {
    const nodes = Math.min(NODES_AT_ONCE, count - first);
    const bytes = await reader.take(nodes * nodeBytes);
    for (let i = 0; i < nodes; i++) {
      const at = i * nodeBytes;
      lowest.push(readLinks(bytes, at));
      for (let d = 0; d < dimensions; d++) {
        vectors[(first + i) * dimensions + d] = bytes.getFloat32(at + dataOffset + 4 * d, true);
      }
      labels.push(Number(bytes.getBigUint64(at + labelOffset, true)));
    }
  }
  const layerBytes = 4 + 4 * most;
  const levels: number[] = [];
  const links: number[] = [];
  for (const links0 of lowest) {
    const length = (await reader.take(4)).getUint32(0, true);
    const layers = [links0];
    if (length > 0) {
      const bytes = await reader.take(length);
      for (let at = 0; at + layerBytes <= length; at += layerBytes) layers.push(readLinks(bytes, at));
    }
    levels.push(layers.length - 1);
    for (const layer of layers) {
      links.push(layer.length);
      for (const link of layer) links.push(link);
    }
  }
  return {
    state: { vectors, links: Int32Array.from(links), levels, entry: count === 0 ? -1 : entry },
    labels,
  };
}

/** Links of one node on one layer: their number, of 2 bytes (the other 2 hold marks), then the nodes. */
function readLinks(bytes: DataView, at: number): Int32Array {
  return Int32Array.from({ length: bytes.getUint16(at, true) }, (_, i) =>
    bytes.getInt32(at + 4 + 4 * i, true),
  );
}
