import { WireType } from '@bufbuild/protobuf/wire';
import { fields, parts } from './wire.js';

/** Field numbers of the ONNX format (onnx.proto3) on the way from a model to its weights. */
const FIELD = {
  model: { graph: 7 },
  graph: { node: 1, initializer: 5 },
  node: { attribute: 5 },
  attribute: { tensor: 5 },
  tensor: { type: 2, floats: 4, raw: 9 },
} as const;
/** TensorProto.DataType.FLOAT; also what is assumed where a tensor does not say. */
const FLOAT = 1;
/** Bits of the float32 nearest 1e-15. Bit patterns of positive floats are in the order of the floats. */
const TINY = new Uint32Array(new Float32Array([1e-15]).buffer)[0] ?? 0;

/**
 * A copy of an ONNX model in which weights of less than 1e-15 are zero; the model itself where there are none.
 *
 * Training with weight decay leaves dead channels behind whose weights are not quite zero. What such a layer computes
 * falls below the normal range of float32 (1.2e-38), where a CPU takes some hundred cycles for one multiplication:
 * the default embedder spends nine tenths of its time there. Beside other summands such weights are far below the
 * rounding of float32, so the results stay the same. A processor's flush-to-zero mode does the same, but WebAssembly
 * has none, and onnxruntime sets it on the first thread of a process only.
 *
 * Only weights stored in the file itself are looked at. Bytes that are no model are returned as they are, for the
 * runtime to complain about.
 */
export function flushTinyWeights(model: Uint8Array): Uint8Array {
  // Not slice(): what Node reads is a Buffer, whose slice() is a view.
  const copy = new Uint8Array(model);
  let flushed = 0;
  const weights = (bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.byteLength; at += 4) {
      const magnitude = view.getUint32(at, true) & 0x7fffffff;
      if (magnitude === 0 || magnitude >= TINY) continue;
      view.setUint32(at, 0);
      flushed++;
    }
  };
  const tensor = (bytes: Uint8Array): void => {
    let type = FLOAT;
    const parts: Uint8Array[] = [];
    fields(bytes, (field, wire, reader) => {
      if (field === FIELD.tensor.type && wire === WireType.Varint) type = reader.int32();
      else if (
        (field === FIELD.tensor.raw || field === FIELD.tensor.floats) &&
        wire === WireType.LengthDelimited
      )
        parts.push(reader.bytes());
      else return false;
      return true;
    });
    if (type === FLOAT) parts.forEach(weights);
  };
  const attribute = (bytes: Uint8Array): void => parts(bytes, { [FIELD.attribute.tensor]: tensor });
  const node = (bytes: Uint8Array): void => parts(bytes, { [FIELD.node.attribute]: attribute });
  const graph = (bytes: Uint8Array): void =>
    parts(bytes, { [FIELD.graph.initializer]: tensor, [FIELD.graph.node]: node });
  try {
    parts(copy, { [FIELD.model.graph]: graph });
  } catch {
    return model;
  }
  return flushed === 0 ? model : copy;
}
