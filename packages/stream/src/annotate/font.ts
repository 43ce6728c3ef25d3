import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype, { type Font, type PathCommand } from 'opentype.js';
import { rasterise, type Contour } from './outline.js';

/** A rasterised character. */
export interface GlyphMask {
  readonly width: number;
  readonly height: number;
  /** Of the mask's corner from the pen position on the baseline, in pixels. */
  readonly left: number;
  readonly top: number;
  /** Coverage per pixel, 0..255. */
  readonly coverage: Uint8Array;
  /** Pen movement in pixels. */
  readonly advance: number;
}

/** Noto Sans (SIL Open Font License 1.1) comes in one file per script; each is read when a character needs it. */
const SCRIPTS = [
  'latin',
  'latin-ext',
  'cyrillic',
  'cyrillic-ext',
  'greek',
  'greek-ext',
  'vietnamese',
  'devanagari',
];
const MOST_GLYPHS = 2000;

const require = createRequire(import.meta.url);
const fonts = new Map<string, Font>();
const glyphs = new Map<string, GlyphMask>();

/** Lines of the font above and below the baseline, in pixels. */
export function lineMetrics(size: number): { readonly ascent: number; readonly descent: number } {
  // Capitals and common accents; the font's own figures leave room for stacked ones.
  return { ascent: Math.ceil(size * 0.82), descent: Math.ceil(size * 0.24) };
}

/** The characters of a text as masks. Characters that no font file covers come as a hollow box. */
export function glyphsOf(text: string, size: number): readonly GlyphMask[] {
  return [...text.normalize('NFC').replace(/\s/g, ' ')].map((character) => glyph(character, size));
}

function glyph(character: string, size: number): GlyphMask {
  const key = `${size} ${character}`;
  let mask = glyphs.get(key);
  if (!mask) {
    if (glyphs.size >= MOST_GLYPHS) glyphs.clear();
    mask = draw(character, size);
    glyphs.set(key, mask);
  }
  return mask;
}

function draw(character: string, size: number): GlyphMask {
  const font = fontFor(character);
  if (!font) return hollowBox(size);
  const shape = font.charToGlyph(character);
  const advance = ((shape.advanceWidth ?? 0) * size) / font.unitsPerEm;
  return toMask(flatten(shape.getPath(0, 0, size).commands), advance);
}

function fontFor(character: string): Font | undefined {
  for (const script of SCRIPTS) {
    const font = load(script);
    if (font.charToGlyphIndex(character) > 0) return font;
  }
  return undefined;
}

function load(script: string): Font {
  let font = fonts.get(script);
  if (!font) {
    const bytes = readFileSync(
      require.resolve(`@fontsource/noto-sans/files/noto-sans-${script}-600-normal.woff`),
    );
    font = opentype.parse(new Uint8Array(bytes).buffer);
    fonts.set(script, font);
  }
  return font;
}

function hollowBox(size: number): GlyphMask {
  const [w, h, t] = [size * 0.5, size * 0.7, Math.max(1, size * 0.07)];
  const outer = [0, 0, w, 0, w, -h, 0, -h];
  const inner = [t, -t, t, t - h, w - t, t - h, w - t, -t];
  return toMask([outer, inner], size * 0.6);
}

function toMask(contours: readonly Contour[], advance: number): GlyphMask {
  const xs = contours.flatMap((points) => points.filter((_, i) => i % 2 === 0));
  const ys = contours.flatMap((points) => points.filter((_, i) => i % 2 === 1));
  if (xs.length === 0) return { width: 0, height: 0, left: 0, top: 0, coverage: new Uint8Array(0), advance };
  const left = Math.floor(Math.min(...xs));
  const top = Math.floor(Math.min(...ys));
  const width = Math.ceil(Math.max(...xs)) - left;
  const height = Math.ceil(Math.max(...ys)) - top;
  const moved = contours.map((points) => points.map((value, i) => value - (i % 2 === 0 ? left : top)));
  return { width, height, left, top, coverage: rasterise(moved, width, height), advance };
}

const CURVE_STEPS = 8;

function flatten(commands: readonly PathCommand[]): Contour[] {
  const contours: number[][] = [];
  let current: number[] = [];
  let [px, py] = [0, 0];
  for (const command of commands) {
    const { x, y, x1, y1, x2, y2 } = command;
    switch (command.type) {
      case 'M':
        current = [x, y];
        contours.push(current);
        break;
      case 'L':
        current.push(x, y);
        break;
      case 'Q':
        for (let i = 1; i <= CURVE_STEPS; i++) {
          const t = i / CURVE_STEPS;
          const s = 1 - t;
          current.push(s * s * px + 2 * s * t * x1 + t * t * x, s * s * py + 2 * s * t * y1 + t * t * y);
        }
        break;
      case 'C':
        for (let i = 1; i <= CURVE_STEPS; i++) {
          const t = i / CURVE_STEPS;
          const s = 1 - t;
          const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
          current.push(a * px + b * x1 + c * x2 + d * x, a * py + b * y1 + c * y2 + d * y);
        }
        break;
      case 'Z':
        continue;
    }
    [px, py] = [x, y];
  }
  return contours;
}
