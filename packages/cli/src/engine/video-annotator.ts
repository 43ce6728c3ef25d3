import type { Face } from '@fr-stream/core';
import {
  blurAnnotator,
  boxAnnotator,
  composeAnnotators,
  defaultAnnotator,
  labelAnnotator,
  type Annotator,
} from '@fr-stream/stream';

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

/** What `--out` draws. Landmarks are left out where faces are blurred: their places would tell of the face. */
export function videoAnnotator(options: { readonly blur?: Blur; readonly boxes?: boolean }): Annotator {
  const { blur, boxes = true } = options;
  if (blur === undefined) return boxes ? defaultAnnotator() : () => undefined;
  const hide = blurAnnotator(isHidden(blur));
  return boxes ? composeAnnotators(hide, boxAnnotator(), labelAnnotator()) : hide;
}
