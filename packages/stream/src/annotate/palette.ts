import type { Face } from '@fr-stream/core';
import type { Rgb } from './paint.js';

/** What a face is coloured by: the person, else the stranger's label, else the track. */
export function colorKey(face: Face): string {
  const { identity, track } = face;
  if (identity?.kind === 'known') return identity.personId;
  return identity?.label ?? (track ? `track ${track.id}` : '');
}

/**
 * A colour that depends on nothing but the face's identity: vivid for known people, pale for strangers, white for
 * faces of which nothing is known.
 */
export function faceColor(face: Face): Rgb {
  const key = colorKey(face);
  if (key === '') return [235, 235, 235];
  // Hues in golden-ratio steps lie far apart whatever the hash.
  const hue = (hash(key) * 0.618033988749895) % 1;
  return face.identity?.kind === 'known' ? hsv(hue, 0.85, 1) : hsv(hue, 0.28, 0.86);
}

/** Black or white, whichever is easier to read on the colour (relative luminance as in WCAG 2). */
export function readableOn([r, g, b]: Rgb): Rgb {
  const linear = (value: number): number => (value / 255) ** 2.2;
  const luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  // Equal contrast to both lies at sqrt(1.05 * 0.05) - 0.05.
  return luminance > 0.179 ? [0, 0, 0] : [255, 255, 255];
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

function hsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (shift: number): number => {
    const k = (shift + hue * 6) % 6;
    return Math.round(255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
