import { z } from 'zod';
import { messageOf } from '@fr-stream/core';
import { ConversionError } from '../conversion-error.js';
import { weightsManifestSchema, type WeightsManifest } from './weights.js';

// Attributes are protobuf messages in their JSON form: 64-bit integers are strings, byte strings are base64.
const integer = z.union([z.string(), z.number()]);
const shapeSchema = z.object({ dim: z.array(z.object({ size: integer.optional() })).optional() });
const attributeSchema = z.object({
  b: z.boolean().optional(),
  i: integer.optional(),
  f: z.union([z.number(), z.string()]).optional(),
  s: z.union([z.string(), z.array(z.number())]).optional(),
  type: z.union([z.string(), z.number()]).optional(),
  shape: shapeSchema.optional(),
  list: z
    .object({
      i: z.array(integer).optional(),
      f: z.array(z.number()).optional(),
      s: z.array(z.union([z.string(), z.array(z.number())])).optional(),
    })
    .optional(),
  tensor: z.unknown().optional(),
});
const nodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).optional(),
  attr: z.record(z.string(), attributeSchema).optional(),
});
const signatureSchema = z.object({
  inputs: z.record(z.string(), z.object({ name: z.string() })).optional(),
  outputs: z.record(z.string(), z.object({ name: z.string() })).optional(),
});
const graphModelSchema = z.object({
  format: z.string().optional(),
  modelTopology: z.object({ node: z.array(nodeSchema) }),
  weightsManifest: weightsManifestSchema,
  signature: signatureSchema.optional(),
  userDefinedMetadata: z.object({ signature: signatureSchema.optional() }).optional(),
});

export type TfAttribute = z.infer<typeof attributeSchema>;
export type TfNode = z.infer<typeof nodeSchema>;

/** A TensorFlow.js graph model without its weights. */
export interface TfGraph {
  readonly nodes: readonly TfNode[];
  readonly manifest: WeightsManifest;
  /** Name for people -> node (and `:index` of its output). Empty when the model does not say. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** What a `.json` next to TensorFlow.js weights can be. */
export type TfjsJson =
  | { readonly kind: 'graph'; readonly graph: TfGraph }
  /** Only weights: the architecture is in some program. */
  | { readonly kind: 'weights'; readonly manifest: WeightsManifest };

/**
 * Reads a `model.json` (graph model) or a bare `*-weights_manifest.json`.
 *
 * @throws ConversionError when it is neither, or a Keras layers model, whose architecture is not a graph.
 */
export function readModelJson(text: string, name: string): TfjsJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConversionError(`${name}: not JSON (${messageOf(cause)})`, { code: 'MODEL_CORRUPT', cause });
  }
  const bare = weightsManifestSchema.safeParse(json);
  if (bare.success) return { kind: 'weights', manifest: bare.data };
  const layers = z.object({ modelTopology: z.union([z.object({ model_config: z.unknown() }), z.null()]) });
  if (
    layers.safeParse(json).success &&
    z.object({ format: z.literal('layers-model') }).safeParse(json).success
  ) {
    throw new ConversionError(`${name}: a Keras layers model, only graph models are converted`, {
      hint: 'Convert it to a graph model with tensorflowjs_converter --output_format=tfjs_graph_model first.',
    });
  }
  const parsed = graphModelSchema.safeParse(json);
  if (!parsed.success) {
    throw new ConversionError(`${name}: not a TensorFlow.js model: ${z.prettifyError(parsed.error)}`, {
      code: 'MODEL_CORRUPT',
      cause: parsed.error,
    });
  }
  const { modelTopology, weightsManifest, signature, userDefinedMetadata } = parsed.data;
  const outputs = (signature ?? userDefinedMetadata?.signature)?.outputs ?? {};
  return {
    kind: 'graph',
    graph: {
      nodes: modelTopology.node,
      manifest: weightsManifest,
      outputs: new Map(Object.entries(outputs).map(([key, value]) => [key, value.name])),
    },
  };
}
