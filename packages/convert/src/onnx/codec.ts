import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { messageOf, ModelError } from '@fr-stream/core';
import { GraphProtoSchema, ModelProtoSchema } from './onnx.generated.js';
import type { GraphProto, ModelProto } from './onnx.generated.js';

/** A model whose graph is known to be there. */
export type OnnxModel = ModelProto & { graph: GraphProto };

/**
 * Reads the bytes of an ONNX file. Fields that this package does not know are kept and written back.
 *
 * @param name How errors name the file.
 * @throws ModelError MODEL_CORRUPT when the bytes are not an ONNX model, or its weights lie in other files.
 */
export function readModel(bytes: Uint8Array, name = 'ONNX model'): OnnxModel {
  let model: ModelProto;
  try {
    // A plain view, not a Buffer: Buffer's slice() shares memory where Uint8Array's copies.
    model = fromBinary(ModelProtoSchema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new ModelError('MODEL_CORRUPT', `${name}: not an ONNX file (${messageOf(cause)})`, {
      cause,
      hint: 'Give a .onnx file; download it again if it was cut short.',
    });
  }
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0) {
    throw new ModelError('MODEL_CORRUPT', `${name}: not an ONNX file (it holds no graph)`, {
      hint: 'Give a .onnx file; download it again if it was cut short.',
    });
  }
  const external = graph.initializer.find((tensor) => tensor.externalData.length > 0);
  if (external !== undefined) {
    throw new ModelError('MODEL_CORRUPT', `${name}: the weights of ${external.name} lie in another file`, {
      hint: 'Save the model as one file first (onnx.save without external data).',
    });
  }
  return Object.assign(model, { graph });
}

/** The bytes of an ONNX file. */
export function writeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** A deep copy that can be rewritten without touching the original; tensor bytes are shared. */
export function copyModel(model: OnnxModel): OnnxModel {
  return readModel(writeModel(model));
}

/** An empty model for the default operator set. */
export function newModel(options: {
  name: string;
  opset: number;
  irVersion: number;
  producer: string;
  version: string;
}): OnnxModel {
  const graph = create(GraphProtoSchema, { name: options.name });
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(options.irVersion),
    producerName: options.producer,
    producerVersion: options.version,
    opsetImport: [{ domain: '', version: BigInt(options.opset) }],
  });
  return Object.assign(model, { graph });
}

/** Version of the default operator set that the model asks for. */
export function opsetOf(model: ModelProto): number {
  const entry = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return entry === undefined ? 1 : Number(entry.version);
}
