import type { Face } from '@fr-stream/core';
import {
  blurAnnotator,
  boxAnnotator,
  composeAnnotators,
  drawPlate,
  faceBox,
  faceColor,
  labelAnnotator,
  landmarkAnnotator,
  plateSize,
  readableOn,
  type Annotator,
} from '@fr-stream/stream';

import { attributeWords } from './attribute-text.js';

/** Whose faces `--blur` makes unrecognisable. */
export const BLUR_CHOICES = ['unknown', 'known', 'all'] as const;
export type Blur = (typeof BLUR_CHOICES)[number];

/**
 * Who is hidden. A face counts as known only while it carries a name: one that was not looked at, or is in doubt, is
 * hidden with the strangers.
 */
export function isHidden(blur: Blur): (face: Face) => boolean {
  return ({ identity }) => blur === 'all' || (identity?.kind === 'known') === (blur === 'known');
}

/** What analysers found, on small plates below each box, or inside it where there is no room below. */
export function attributeAnnotator(): Annotator {
  return (image, { faces }) => {
    const size = Math.max(11, Math.round(Math.min(image.width, image.height) / 48));
    for (const face of faces) {
      const lines = attributeWords(face).map((text) => ({ text, ...plateSize(text, size) }));
      const total = lines.reduce((sum, { height }) => sum + height, 0);
      const box = faceBox(face);
      const fill = faceColor(face);
      let top = Math.max(0, Math.min(box.y + box.height, image.height - total));
      for (const { text, width, height } of lines) {
        const left = Math.max(0, Math.min(box.x, image.width - width));
        drawPlate(image, text, left, top, size, fill, readableOn(fill));
        top += height;
      }
    }
  };
}

/** What `--out` draws. Landmarks are left out where faces are blurred: their places would tell of the face. */
export function videoAnnotator(options: { readonly blur?: Blur; readonly boxes?: boolean }): Annotator {
  const { blur, boxes = true } = options;
  const labels = composeAnnotators(labelAnnotator(), attributeAnnotator());
  if (blur === undefined)
    return boxes ? composeAnnotators(boxAnnotator(), landmarkAnnotator(), labels) : () => undefined;
  const hide = blurAnnotator(isHidden(blur));
  return boxes ? composeAnnotators(hide, boxAnnotator(), labels) : hide;
}
