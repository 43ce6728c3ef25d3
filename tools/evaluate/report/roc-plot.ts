import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { RocPoint } from '../metrics/verification.js';

export interface RocSeries {
  readonly name: string;
  readonly points: readonly RocPoint[];
}

const COLOURS = ['#1b6ca8', '#c8442b', '#2f8f4e', '#8a4fa3', '#b8860b', '#444444'];
const WIDTH = 640;
const HEIGHT = 440;
const MARGIN = { left: 64, right: 16, top: 32, bottom: 52 };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/**
 * ROC curves as an SVG document: true-accept rate (linear, from `leastTar`) over false-accept rate (logarithmic, from
 * `leastFar` to 1).
 */
export function rocPlot(title: string, series: readonly RocSeries[], leastFar = 1e-4): string {
  const lowest = Math.min(
    ...series.flatMap(({ points }) =>
      points.filter((p) => p.falseAcceptRate >= leastFar).map((p) => p.trueAcceptRate),
    ),
    0.99,
  );
  const x = scaleLog([leastFar, 1], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear([Math.floor(lowest * 50) / 50, 1], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const curve = line<RocPoint>(
    (point) => x(Math.max(point.falseAcceptRate, leastFar)),
    (point) => y(point.trueAcceptRate),
  );
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="14">${escape(title)}</text>`,
  ];
  for (let exponent = Math.round(Math.log10(leastFar)); exponent <= 0; exponent++) {
    const at = x(10 ** exponent);
    parts.push(
      `<path d="M${at} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}" stroke="#ddd"/>`,
      `<text x="${at}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">1e${exponent}</text>`,
    );
  }
  for (const tick of y.ticks(8)) {
    parts.push(
      `<path d="M${MARGIN.left} ${y(tick)}H${WIDTH - MARGIN.right}" stroke="#ddd"/>`,
      `<text x="${MARGIN.left - 6}" y="${y(tick) + 4}" text-anchor="end">${(tick * 100).toFixed(1)} %</text>`,
    );
  }
  parts.push(
    `<text x="${(MARGIN.left + WIDTH) / 2}" y="${HEIGHT - 12}" text-anchor="middle">false-accept rate</text>`,
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">true-accept rate</text>`,
  );
  series.forEach(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const below = points.filter((point) => point.falseAcceptRate < leastFar).at(-1);
    const seen = points.filter((point) => point.falseAcceptRate >= leastFar);
    const path = curve(below === undefined ? seen : [below, ...seen]) ?? '';
    const row = HEIGHT - MARGIN.bottom - 12 - (series.length - 1 - i) * 18;
    parts.push(
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${WIDTH - MARGIN.right - 8}" y="${row}" text-anchor="end" fill="${colour}">${escape(name)}</text>`,
    );
  });
  return `${parts.join('\n')}\n</svg>\n`;
}
