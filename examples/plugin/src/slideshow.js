/**
 * A source that draws its frames: an ellipse of a colour that wanders to the right, two pixels a frame, over a dark picture.
 * `slides:<colour #rgb>,<width>x<height>,<frames>`, 25 frames per second.
 *
 * @type {import('@fr-stream/engine').SourcePlugin}
 */
export function slideshow({ input, maxFps = 25, live = false }) {
  const match = /^slides:#([0-9a-f])([0-9a-f])([0-9a-f]),(\d+)x(\d+),(\d+)$/i.exec(input);
  if (match === null) throw new Error(`${input}: write slides:#c86,640x480,25`);
  const colour = match.slice(1, 4).map((digit) => Number.parseInt(digit, 16) * 17);
  const [width, height, count] = match.slice(4).map(Number);
  const fps = Math.min(25, maxFps);
  return {
    live,
    dropped: 0,
    info: async () => ({ source: input, width, height, fps, frameCount: count }),
    async *frames(signal) {
      for (let index = 0; index < count && signal?.aborted !== true; index++) {
        const image = draw(width, height, colour, index);
        yield {
          image,
          index,
          timeMs: (index * 1000) / fps,
          source: input,
          [Symbol.dispose]: () => undefined,
        };
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function draw(width, height, colour, index) {
  const data = new Uint8Array(width * height * 3).fill(20);
  const [cx, cy] = [width * 0.25 + ((2 * index) % (width * 0.5)), height / 2];
  const [rx, ry] = [height * 0.15, height * 0.2];
  for (let y = Math.floor(cy - ry); y <= cy + ry; y++) {
    for (let x = Math.floor(cx - rx); x <= cx + rx; x++) {
      if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1) data.set(colour, (y * width + x) * 3);
    }
  }
  return { format: 'rgb24', width, height, data };
}
