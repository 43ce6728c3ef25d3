import { CanvasOverlay, hideFaces, shownBox } from '@fr-stream/backend-web';
import type { AnalyzedFace } from '@fr-stream/browser';
import { download } from './dom.js';
import { engine, names } from './engine.js';
import { say, showProgress } from './ui.js';

/** What to do with faces: draw boxes and names, or hide those who have no name, or all. */
export type Hide = 'none' | 'unknown' | 'all';

interface Faces {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly AnalyzedFace[];
}
type Canvas2d = OffscreenCanvasRenderingContext2D;

/** Draws what is to be seen of the faces onto their picture, which may be larger than what they were found in. */
function draw(canvas: OffscreenCanvas, context: Canvas2d, { width, height, faces }: Faces, hide: Hide): void {
  const scale = canvas.width / width;
  const known = faces.map((face) => ({ ...face, identity: names.of(face) }));
  if (hide === 'none') {
    const layer = new OffscreenCanvas(canvas.width, canvas.height);
    const fontSize = Math.max(14, Math.round(canvas.width / 60));
    new CanvasOverlay(layer, { fontSize }).show({ width, height, faces: known });
    context.drawImage(layer, 0, 0);
    return;
  }
  const hidden = known.filter(({ identity }) => hide === 'all' || identity.kind !== 'known');
  hideFaces(canvas, hidden.map(shownBox), scale);
}

function contextOf(canvas: OffscreenCanvas): Canvas2d {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser gives no 2-D canvas to draw on.');
  return context;
}

/** Saves a photo with boxes and names, or with faces hidden; without what its file says of camera and place. */
export async function savePhoto(file: File, frame: Faces, hide: Hide): Promise<void> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() =>
    engine.picture(file, Infinity),
  );
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = contextOf(canvas);
    context.drawImage(bitmap, 0, 0);
    draw(canvas, context, frame, hide);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
    download(`${file.name.replace(/\.[^.]+$/, '')}.${hide === 'none' ? 'tagged' : 'blurred'}.jpg`, blob);
  } finally {
    bitmap.close();
  }
}

/** Saves a video that was gone through, its sound copied. @param at the faces at a time, in milliseconds. */
export async function saveVideo(
  file: File,
  at: (timeMs: number) => Faces | undefined,
  hide: Hide,
): Promise<void> {
  // Larger than all the rest of the page.
  const { rewriteVideo } = await import('@fr-stream/backend-web/rewrite-video');
  let canvas: OffscreenCanvas | undefined;
  const { blob, extension } = await rewriteVideo(
    file,
    (sample, timeMs) => {
      if (canvas?.width !== sample.width || canvas.height !== sample.height)
        canvas = new OffscreenCanvas(sample.width, sample.height);
      const context = contextOf(canvas);
      sample.draw(context, sample.width, sample.height);
      const faces = at(timeMs);
      if (faces !== undefined) draw(canvas, context, faces, hide);
      return canvas;
    },
    (part) => {
      showProgress(part);
      say(`Writing the video: ${Math.round(100 * part)} %`);
    },
  );
  showProgress(undefined);
  const stem = file.name.replace(/\.[^.]+$/, '');
  download(`${stem}.${hide === 'none' ? 'tagged' : 'blurred'}.${extension}`, blob);
  say(`${stem} is saved.`);
}
