import type { Aligner } from '../contracts/detector.js';
import type { AlignedFace, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { ArgumentError, ModelError } from '../errors.js';
import { affineScale } from '../geometry/affine.js';
import { toFivePoints } from '../geometry/five-points.js';
import { similarityTransform } from '../geometry/similarity.js';
import { ALIGNMENT_TEMPLATES, type AlignmentTemplate } from '../geometry/templates.js';
import { warpAffine } from '../image/warp.js';

/** Aligns faces to a five-point template by a least-squares similarity transform. */
export class TemplateAligner implements Aligner {
  readonly template: string;
  readonly #template: AlignmentTemplate;

  /**
   * @param template a name in `ALIGNMENT_TEMPLATES`. Default `arcface-112`.
   * @throws ArgumentError when there is no such template.
   */
  constructor(template = 'arcface-112') {
    const found = ALIGNMENT_TEMPLATES.get(template);
    if (found === undefined) {
      throw new ArgumentError(`There is no alignment template "${template}".`, {
        hint: `Known templates: ${[...ALIGNMENT_TEMPLATES.keys()].join(', ')}.`,
      });
    }
    this.template = template;
    this.#template = found;
  }

  align(image: Image, detections: readonly Detection[]): readonly AlignedFace[] {
    return detections.map((detection) => this.#alignOne(image, detection));
  }

  #alignOne(image: Image, detection: Detection): AlignedFace {
    if (detection.landmarks === undefined) {
      throw new ModelError('MODEL_OUTPUT_UNEXPECTED', 'A face without landmarks cannot be aligned.', {
        hint: 'Use a detector that gives key points, or add a landmarker behind it.',
      });
    }
    const { width, height, points } = this.#template;
    const transform = similarityTransform(toFivePoints(detection.landmarks), points);
    return { image: warpAffine(image, transform, width, height), transform, scale: affineScale(transform) };
  }
}
