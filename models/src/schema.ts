import { z } from 'zod';
import type { UserSuppliedDetectorCard, EmbedderFusion, ModelCard } from '@fr-stream/core';

const text = z.string().min(1);
const texts = z.array(text).min(1).readonly();
const pixels = z.number().int().positive();
const unit = z.number().min(0).max(1);
const numbers = z.array(z.number()).min(1).readonly();

const npmSource =
  /^npm:(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*@\d+\.\d+\.\d+[\w.+-]*\/(?!(?:.*\/)?\.\.?(?:\/|$))[^\s]+$/;

/** Where a file may come from; the three kinds that `ModelCardBase.sources` documents. */
export const sourceSchema = z.union([
  z.string().regex(npmSource, 'must be npm:package@exact-version/path'),
  z.string().regex(/^https:\/\/[^\s/]+\/\S+$/, 'must be an https URL with a path'),
  z.string().regex(/^file:\/\/\/\S+$/, 'must be a file:/// URL'),
]);

const inputSchema = z
  .strictObject({
    name: text.exactOptional(),
    layout: z.enum(['nchw', 'nhwc']),
    width: pixels,
    height: pixels,
    channels: z.enum(['rgb', 'bgr', 'gray']),
    mean: numbers,
    std: z
      .array(z.number().refine((value) => value !== 0, 'must not be 0'))
      .min(1)
      .readonly(),
    dynamicMultipleOf: pixels.exactOptional(),
    fit: z.enum(['letterbox', 'stretch']).exactOptional(),
    padding: z.number().min(0).max(255).exactOptional(),
    dynamicBatch: z.boolean().exactOptional(),
  })
  .readonly()
  .check(({ value, issues }) => {
    const count = value.channels === 'gray' ? 1 : 3;
    for (const key of ['mean', 'std'] as const) {
      if (value[key].length !== count) {
        issues.push({
          code: 'custom',
          input: value[key],
          path: [key],
          message: `must hold one value per channel (${count} for ${value.channels})`,
        });
      }
    }
  });

/** Adds an issue for every output list that has not one name per stride. */
function onePerStride(
  strides: readonly number[],
  lists: Readonly<Record<string, readonly string[] | undefined>>,
  report: (key: string, message: string) => void,
): void {
  for (const [key, names] of Object.entries(lists)) {
    if (names !== undefined && names.length !== strides.length) {
      report(key, `must name one output per stride (${strides.length})`);
    }
  }
}

const strides = z.array(pixels).min(1).readonly();

const ultraFaceSchema = z
  .strictObject({
    family: z.literal('ultraface'),
    scores: text,
    boxes: text,
    open: z
      .strictObject({
        regressions: text,
        strides,
        priorSizes: z.array(z.array(z.number().positive()).min(1).readonly()).min(1).readonly(),
        trainedOn: z.tuple([pixels, pixels]).readonly(),
      })
      .readonly()
      .exactOptional(),
  })
  .readonly()
  .check(({ value, issues }) => {
    if (value.open !== undefined && value.open.priorSizes.length !== value.open.strides.length) {
      issues.push({
        code: 'custom',
        input: value,
        path: ['open', 'priorSizes'],
        message: `must give one list per stride (${value.open.strides.length})`,
      });
    }
  });

const yuNetSchema = z
  .strictObject({
    family: z.literal('yunet'),
    strides,
    cls: texts,
    obj: texts,
    bbox: texts,
    kps: texts,
  })
  .readonly()
  .check(({ value, issues }) => {
    const { cls, obj, bbox, kps } = value;
    onePerStride(value.strides, { cls, obj, bbox, kps }, (key, message) =>
      issues.push({ code: 'custom', input: value, path: [key], message }),
    );
  });

const scrfdSchema = z
  .strictObject({
    family: z.literal('scrfd'),
    strides,
    anchorsPerCell: pixels,
    scores: texts,
    boxes: texts,
    kps: texts.exactOptional(),
  })
  .readonly()
  .check(({ value, issues }) => {
    const { scores, boxes, kps } = value;
    onePerStride(value.strides, { scores, boxes, kps }, (key, message) =>
      issues.push({ code: 'custom', input: value, path: [key], message }),
    );
  });

const retinaFaceSchema = z
  .strictObject({
    family: z.literal('retinaface'),
    strides,
    priorSizes: z.array(z.array(z.number().positive()).min(1).readonly()).min(1).readonly(),
    scores: text,
    boxes: text,
    kps: text.exactOptional(),
    logits: z.boolean().exactOptional(),
  })
  .readonly()
  .check(({ value, issues }) => {
    if (value.priorSizes.length !== value.strides.length) {
      issues.push({
        code: 'custom',
        input: value,
        path: ['priorSizes'],
        message: `must give one list per stride (${value.strides.length})`,
      });
    }
  });

const blazeFaceSchema = z
  .strictObject({
    family: z.literal('blazeface'),
    strides,
    anchorsPerCell: z.array(pixels).min(1).readonly(),
    scores: texts,
    boxes: texts,
    scoreInRow: z.boolean().exactOptional(),
  })
  .readonly()
  .check(({ value, issues }) => {
    const layers = value.strides.length;
    const lengths = { anchorsPerCell: [layers], scores: [1, layers], boxes: [value.scores.length] };
    for (const key of ['anchorsPerCell', 'scores', 'boxes'] as const) {
      const matches = lengths[key];
      if (!matches.includes(value[key].length)) {
        issues.push({
          code: 'custom',
          input: value,
          path: [key],
          message: `must have ${matches.join(' or ')} entries`,
        });
      }
    }
  });

const landmarkDecodeSchema = z
  .strictObject({
    family: z.literal('crop-landmarks'),
    scheme: z.enum(['5', '68', '468']),
    output: text,
    crop: z.strictObject({ scale: z.number().positive(), square: z.boolean() }).readonly(),
    unit: z.enum(['crop', 'input']).exactOptional(),
    values: z.union([z.literal(2), z.literal(3)]).exactOptional(),
  })
  .readonly();

const embeddingDecodeSchema = z
  .strictObject({
    family: z.literal('embedding'),
    output: text.exactOptional(),
    size: pixels,
    template: text,
  })
  .readonly();

const headPoseSchema = z
  .strictObject({
    family: z.literal('head-pose'),
    yaw: text,
    pitch: text,
    roll: text,
    bins: pixels,
    degreesPerBin: z.number().positive(),
    firstDegrees: z.number(),
    crop: z.strictObject({ scale: z.number().positive() }).readonly(),
  })
  .readonly();

const classSchema = z
  .strictObject({
    family: z.literal('classes'),
    output: text.exactOptional(),
    classes: z.array(text).min(2).readonly(),
    region: z.enum(['face', 'face-inside', 'eyes']),
    scale: z.number().positive(),
  })
  .readonly();

const stagewiseSchema = z
  .strictObject({
    family: z.literal('stagewise'),
    stages: z
      .array(z.strictObject({ probabilities: text, offsets: text, delta: text }).readonly())
      .min(1)
      .readonly(),
    bins: pixels,
    range: z.number().positive(),
    crop: z.strictObject({ scale: z.number().positive() }).readonly(),
  })
  .readonly();

const licenceSchema = z
  .strictObject({
    spdx: text,
    statedIn: text,
    trainingData: text,
    commercialUse: z.enum(['yes', 'no', 'unclear']),
    acceptRequired: z.boolean().exactOptional(),
  })
  .readonly();

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

const derivationSchema = z
  .strictObject({
    converter: text,
    architecture: text,
    sources: z
      .array(z.strictObject({ source: sourceSchema, sha256 }).readonly())
      .min(1)
      .readonly(),
    options: z
      .strictObject({
        inputSizes: z.record(text, z.array(pixels).readonly()).readonly().exactOptional(),
        channelsLast: z.boolean().exactOptional(),
        lostPRelu: z.enum(['drop', 'restore']).exactOptional(),
        side: pixels.exactOptional(),
      })
      .readonly()
      .exactOptional(),
  })
  .readonly();

const milliseconds = z.number().positive();

const speedSchema = z
  .strictObject({
    ms: z.tuple([milliseconds, milliseconds]).readonly(),
    per: z.enum(['picture', 'face']),
    on: text,
  })
  .readonly();

/** What is known of a model without its file. */
const described = {
  id: z
    .string()
    .regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'must be lower-case words and digits joined by hyphens'),
  title: text,
  summary: text,
  input: inputSchema,
  licence: licenceSchema,
  reference: text.exactOptional(),
  limits: text.exactOptional(),
  measured: z.record(text, text).readonly().exactOptional(),
};

const base = {
  ...described,
  bytes: z.number().int().positive().exactOptional(),
  sha256,
  sources: z.array(sourceSchema).readonly(),
  derived: derivationSchema.exactOptional(),
  speed: speedSchema.exactOptional(),
};

const cosine = z.number().min(-1).max(1);

const calibrationSchema = z
  .strictObject({
    threshold: cosine,
    falseAcceptRate: unit,
    trueAcceptRate: unit.exactOptional(),
    measuredOn: text,
  })
  .readonly();

const positive = z.number().positive();
const count = z.number().int().positive();

const curveSchema = z
  .strictObject({
    logistic: z.strictObject({ slope: z.number(), intercept: z.number() }).readonly(),
    bulk: z.strictObject({ mean: cosine, std: positive }).readonly(),
    tail: z
      .strictObject({ from: cosine, rate: z.number().gt(0).lt(1), scale: positive, shape: z.number() })
      .readonly(),
    genuinePairs: count,
    impostorPairs: count,
    measuredOn: text,
  })
  .readonly();

/** Families that plugins bring: only they know the rest. */
const extensionSchema = z
  .looseObject({ family: z.templateLiteral([text, '/', text]), landmarks: z.boolean() })
  .readonly();

const detectorDecodeSchema = z.union([
  z.discriminatedUnion('family', [
    ultraFaceSchema,
    yuNetSchema,
    scrfdSchema,
    retinaFaceSchema,
    blazeFaceSchema,
  ]),
  extensionSchema,
]);

const detectorThresholds = z.strictObject({ score: unit, nms: unit, sure: unit.exactOptional() }).readonly();

const detectorCardSchema = z
  .strictObject({
    ...base,
    task: z.literal('detector'),
    decode: detectorDecodeSchema,
    thresholds: detectorThresholds,
  })
  .readonly();

const landmarkerCardSchema = z
  .strictObject({ ...base, task: z.literal('landmarker'), decode: landmarkDecodeSchema })
  .readonly();

const embedderThresholds = z
  .strictObject({
    cosine,
    calibration: z.array(calibrationSchema).readonly().exactOptional(),
    curve: curveSchema.exactOptional(),
    film: z.strictObject({ mean: cosine, std: positive }).readonly().exactOptional(),
    norms: z.strictObject({ mean: z.number().positive(), std: z.number().positive() }).exactOptional(),
  })
  .readonly();

const embedderCardSchema = z
  .strictObject({
    ...base,
    task: z.literal('embedder'),
    decode: embeddingDecodeSchema,
    thresholds: embedderThresholds,
  })
  .readonly();

/** Checks a `UserSuppliedDetectorCard`. */
export const userSuppliedSchema: z.ZodType<UserSuppliedDetectorCard> = z
  .strictObject({
    ...described,
    task: z.literal('detector'),
    decode: detectorDecodeSchema,
    thresholds: detectorThresholds,
  })
  .readonly();

/** Checks an `EmbedderFusion`. */
export const fusionSchema: z.ZodType<EmbedderFusion> = z
  .strictObject({
    id: text,
    title: text,
    summary: text,
    parts: z
      .array(z.strictObject({ id: text, weight: z.number().gt(0).lte(1) }).readonly())
      .min(2)
      .readonly(),
    thresholds: embedderThresholds,
    measured: z.record(text, text).readonly().exactOptional(),
  })
  .readonly();

const analyzerCardSchema = z
  .strictObject({
    ...base,
    task: z.literal('analyzer'),
    decode: z.discriminatedUnion('family', [headPoseSchema, classSchema, stagewiseSchema]),
  })
  .readonly();

/** Checks a model card; the shape is `ModelCard` of `@fr-stream/core`, where every field is explained. */
export const modelCardSchema = z.discriminatedUnion('task', [
  detectorCardSchema,
  landmarkerCardSchema,
  embedderCardSchema,
  analyzerCardSchema,
]);

type Parsed = z.output<typeof modelCardSchema>;
type Assert<T extends true> = T;
/**
 * Compile-time proof that the schema and core's type say the same. The second pair of checks compares the required
 * forms, so that an optional field missing on one side does not pass unseen.
 */
export type SchemaAgreesWithCore = [
  Assert<Parsed extends ModelCard ? true : false>,
  Assert<ModelCard extends Parsed ? true : false>,
  Assert<DeepRequired<Parsed> extends DeepRequired<ModelCard> ? true : false>,
  Assert<DeepRequired<ModelCard> extends DeepRequired<Parsed> ? true : false>,
];
type DeepRequired<T> = T extends object ? { [K in keyof T]-?: DeepRequired<Exclude<T[K], undefined>> } : T;
