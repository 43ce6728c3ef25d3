import type { AnalyzedFace, AnalyzedFrame } from '@fr-stream/backend-web';

/** What to call a face. */
export function nameOf({ identity }: Pick<AnalyzedFace, 'identity'>): string {
  return identity.kind === 'known' ? identity.name : (identity.label ?? 'unknown');
}

/** A colour that stays with a name; colours of equal lightness, told apart by hue. */
export function colourOf(face: Pick<AnalyzedFace, 'identity'>): string {
  if (face.identity.kind === 'unknown') return 'hsl(42 95% 60%)';
  let hash = 0;
  for (const letter of face.identity.personId) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return `hsl(${hash % 360} 85% 66%)`;
}

/** Where a face is shown: the tracker's box where there is one. */
export function boxOf(face: AnalyzedFace): AnalyzedFace['detection']['box'] {
  return face.track?.box ?? face.detection.box;
}

/** Draws boxes and names; the canvas gets the frame's size, and CSS scales it. */
export function drawFaces(
  canvas: HTMLCanvasElement,
  frame: AnalyzedFrame,
  selected: string | undefined,
): void {
  if (canvas.width !== frame.width || canvas.height !== frame.height) {
    canvas.width = frame.width;
    canvas.height = frame.height;
  }
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const unit = Math.max(canvas.width, canvas.height) / 640;
  context.font = `600 ${14 * unit}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  for (const face of frame.faces) {
    const { x, y, width, height } = boxOf(face);
    const colour = colourOf(face);
    context.lineWidth = (face.id === selected ? 4 : 2) * unit;
    context.strokeStyle = colour;
    context.setLineDash(face.track?.predicted === true ? [6 * unit, 4 * unit] : []);
    context.strokeRect(x, y, width, height);
    const text = nameOf(face);
    const textWidth = context.measureText(text).width + 10 * unit;
    const left = Math.min(Math.max(0, x), Math.max(0, canvas.width - textWidth));
    const top = y >= 22 * unit ? y - 22 * unit : Math.min(y + height, canvas.height - 22 * unit);
    context.fillStyle = colour;
    context.fillRect(left, top, textWidth, 21 * unit);
    context.fillStyle = '#0a0e13';
    context.fillText(text, left + 5 * unit, top + 11 * unit);
  }
}

/** The face at a point of the frame; of several the smallest. */
export function faceAt(frame: AnalyzedFrame, x: number, y: number): AnalyzedFace | undefined {
  return frame.faces
    .filter((face) => {
      const box = boxOf(face);
      return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
    })
    .sort((a, b) => boxOf(a).width - boxOf(b).width)[0];
}
