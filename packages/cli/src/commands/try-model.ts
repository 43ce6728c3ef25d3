import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  ALIGNMENT_TEMPLATES,
  iou,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  type AlignedFace,
  type Box,
  type Image,
  type InferenceSession,
  type ModelCard,
  itemAt,
} from '@fr-stream/core';
import { SharpCodec } from '@fr-stream/backend-node';
import type { Preprocessing, Proposal } from '@fr-stream/models';

export interface Trial {
  readonly ok: boolean;
  /** What was seen, for people. */
  readonly outcome: string;
}

/** Least overlap with the known box for the test face to count as found. */
const LEAST_IOU = 0.4;
/** Where the test face is put: in the middle of a grey square, about a third of its side. */
const CANVAS = 720;

interface TestFace {
  readonly image: Image;
  readonly box: Box;
}

async function testFace(): Promise<TestFace> {
  const asset = (name: string): string => fileURLToPath(new URL(`../../assets/${name}`, import.meta.url));
  const { image } = await new SharpCodec().decode(asset('golden-face.jpg'));
  const golden = JSON.parse(await readFile(asset('golden-face.json'), 'utf8')) as {
    readonly box: readonly number[];
  };
  const left = Math.floor((CANVAS - image.width) / 2);
  const top = Math.floor((CANVAS - image.height) / 2);
  const data = new Uint8Array(CANVAS * CANVAS * 3).fill(127);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((top + y) * CANVAS + left) * 3);
  }
  const [x = 0, y = 0, width = 0, height = 0] = golden.box;
  return {
    image: { format: 'rgb24', width: CANVAS, height: CANVAS, data },
    box: { x: x + left, y: y + top, width, height },
  };
}

/**
 * Runs a proposed model on a face whose place is known. Of a detector's likely preprocessings the one that finds the
 * face with the best score is taken.
 * @returns the card to keep, and how it did.
 */
export async function tryModel(
  session: InferenceSession,
  { card, preprocessings }: Proposal,
): Promise<{ readonly card: ModelCard; readonly trial: Trial }> {
  const face = await testFace();
  switch (card.task) {
    case 'detector': {
      let best: { card: ModelCard; score: number } | undefined;
      for (const preprocessing of preprocessings) {
        const candidate = { ...card, input: { ...card.input, ...preprocessing } };
        const found = itemAt(await new SessionDetector(candidate, session).detect([face.image]), 0);
        const hit = found.find(({ box }) => iou(box, face.box) >= LEAST_IOU);
        if (hit !== undefined && hit.score > (best?.score ?? 0)) best = { card: candidate, score: hit.score };
      }
      if (best === undefined) return { card, trial: { ok: false, outcome: 'the test face was not found' } };
      const { channels, mean, std } = best.card.input;
      const outcome = `the test face was found, score ${best.score.toFixed(2)}, with ${describe({ channels, mean, std })}`;
      return { card: best.card, trial: { ok: true, outcome } };
    }
    case 'landmarker': {
      const all = await new SessionLandmarker(card, session).landmarks(face.image, [face.box]);
      const { points } = itemAt(all, 0);
      const { x, y, width, height } = face.box;
      const inside = points.filter(
        (point) =>
          point.x > x - width / 4 &&
          point.x < x + width * 1.25 &&
          point.y > y - height / 4 &&
          point.y < y + height * 1.25,
      );
      const outcome = `${inside.length} of ${points.length} points lie on the test face`;
      return { card, trial: { ok: inside.length === points.length, outcome } };
    }
    case 'embedder': {
      const { width, height } = ALIGNMENT_TEMPLATES.get(card.decode.template) ?? { width: 112, height: 112 };
      const all = await new SessionEmbedder(card, session).embed([alignedCrop(face, width, height)]);
      const embedding = itemAt(all, 0);
      const outcome = `it gives ${embedding.vector.length} values of length ${embedding.norm.toFixed(2)}; whether it tells people apart was not tried`;
      return { card, trial: { ok: true, outcome } };
    }
    case 'analyzer':
      return { card, trial: { ok: true, outcome: 'analysers are not tried' } };
  }
}

export function describe({ channels, mean, std }: Pick<Preprocessing, 'channels' | 'mean' | 'std'>): string {
  const list = (values: readonly number[]): string =>
    new Set(values).size === 1 ? String(values[0]) : `[${values.join(', ')}]`;
  return `${channels}, (pixel - ${list(mean)}) / ${list(std)}`;
}

/** The face's box scaled to a template's size: good enough to see that an embedder runs. */
function alignedCrop({ image, box }: TestFace, width: number, height: number): AlignedFace {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from =
        (Math.round(box.y + (y / height) * box.height) * image.width +
          Math.round(box.x + (x / width) * box.width)) *
        3;
      data.set(image.data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return {
    image: { format: 'rgb24', width, height, data },
    transform: [1, 0, 0, 0, 1, 0],
    scale: width / box.width,
  };
}
