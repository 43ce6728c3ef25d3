import type { Aligner } from '../contracts/detector.js';
import type { AlignedFace, Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { ArgumentError, ModelError } from '../errors.js';
import { affineScale } from '../geometry/affine.js';
import { toFivePoints } from '../geometry/five-points.js';
import { similarityTransform } from '../geometry/similarity.js';
import { ALIGNMENT_TEMPLATES, type AlignmentTemplate } from '../geometry/templates.js';
import { warpAffine } from '../image/warp.js';

function templateNamed(name: string): AlignmentTemplate {
  const found = ALIGNMENT_TEMPLATES.get(name);
  if (found === undefined) {
    throw new ArgumentError(`There is no alignment template "${name}".`, {
      hint: `Known templates: ${[...ALIGNMENT_TEMPLATES.keys()].join(', ')}.`,
    });
  }
  return found;
}

/** Aligns faces to a five-point template by a least-squares similarity transform. */
export class TemplateAligner implements Aligner {
  readonly template: string;
  readonly #template: AlignmentTemplate;
  readonly #also: readonly AlignmentTemplate[];

  /**
   * @param template a name in `ALIGNMENT_TEMPLATES`. Default `arcface-112`.
   * @param also further templates, see `AlignedFace.also`.
   * @throws ArgumentError when there is no such template.
   */
  constructor(template = 'arcface-112', also: readonly string[] = []) {
    this.#template = templateNamed(template);
    this.#also = also.filter((name) => name !== template).map(templateNamed);
    this.template = template;
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
    const five = toFivePoints(detection.landmarks);
    const onto = ({ width, height, points }: AlignmentTemplate): AlignedFace => {
      const transform = similarityTransform(five, points);
      return { image: warpAffine(image, transform, width, height), transform, scale: affineScale(transform) };
    };
    if (this.#also.length === 0) return onto(this.#template);
    const also = Object.fromEntries(this.#also.map((template) => [template.name, onto(template)]));
    return { ...onto(this.#template), also };
  }
}
