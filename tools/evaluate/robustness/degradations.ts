import sharp, { type Sharp } from 'sharp';

/** Makes a photo harder. Deterministic; gives lossless PNG unless the loss is the point. */
export interface Degradation {
  readonly name: string;
  apply(photo: Uint8Array): Promise<Uint8Array>;
}

const GREY = { r: 127, g: 127, b: 127 };

function byPipeline(name: string, change: (picture: Sharp) => Sharp): Degradation {
  return { name, apply: async (photo) => change(sharp(photo)).png({ compressionLevel: 1 }).toBuffer() };
}

/** Each value of each channel looked up in a table. */
function byValue(name: string, value: (old: number) => number): Degradation {
  const table = Uint8Array.from({ length: 256 }, (_, old) =>
    Math.round(Math.min(Math.max(value(old), 0), 255)),
  );
  return byPixel(name, (data) => data.map((old) => table[old]));
}

function byPixel(name: string, change: (data: Uint8Array) => Uint8Array): Degradation {
  return {
    name,
    apply: async (photo) => {
      const { data, info } = await sharp(photo).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const { width, height, channels } = info;
      return sharp(change(data), { raw: { width, height, channels } })
        .png({ compressionLevel: 1 })
        .toBuffer();
    },
  };
}

/** A grey bar over a part of the photo, given in shares of its sides. */
function covered(name: string, left: number, top: number, width: number, height: number): Degradation {
  return {
    name,
    apply: async (photo) => {
      const { width: w = 0, height: h = 0 } = await sharp(photo).metadata();
      const bar = {
        width: Math.round(w * width),
        height: Math.round(h * height),
        channels: 3,
        background: GREY,
      } as const;
      return sharp(photo)
        .composite([{ input: { create: bar }, left: Math.round(w * left), top: Math.round(h * top) }])
        .png({ compressionLevel: 1 })
        .toBuffer();
    },
  };
}

/** Only the middle of the photo, so that the face fills it. */
function closeUp(name: string, share: number): Degradation {
  return {
    name,
    apply: async (photo) => {
      const { width: w = 0, height: h = 0 } = await sharp(photo).metadata();
      const [width, height] = [Math.round(w * share), Math.round(h * share)];
      const [left, top] = [Math.round((w - width) / 2), Math.round((h - height) / 2)];
      return sharp(photo).extract({ left, top, width, height }).png({ compressionLevel: 1 }).toBuffer();
    },
  };
}

/** Additive noise, the same in every run (a linear congruential generator, summed thrice to look normal). */
function noise(name: string, deviation: number): Degradation {
  return byPixel(name, (data) => {
    let state = 1;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32 - 0.5;
    };
    // The sum of three uniform values has the variance 1/4.
    return data.map((old) =>
      Math.round(Math.min(Math.max(old + (uniform() + uniform() + uniform()) * 2 * deviation, 0), 255)),
    );
  });
}

function turned(degrees: number): Degradation {
  return byPipeline(`turned by ${degrees} degrees`, (picture) =>
    picture.rotate(degrees, { background: GREY }),
  );
}

/** For photos as those of LFW: 250 pixels wide, the face in the middle, about 100 pixels wide. */
export const DEGRADATIONS: readonly Degradation[] = [
  { name: 'as it is', apply: (photo) => Promise.resolve(photo) },
  byPipeline('64 pixels wide', (picture) => picture.resize(64)),
  byPipeline('32 pixels wide', (picture) => picture.resize(32)),
  byPipeline('blurred, sigma 3', (picture) => picture.blur(3)),
  { name: 'JPEG, quality 20', apply: (photo) => sharp(photo).jpeg({ quality: 20 }).toBuffer() },
  noise('noise, sigma 25', 25),
  byValue('dark, gamma 0.4', (old) => 255 * (old / 255) ** 2.5),
  byValue('overexposed, 1.8 times', (old) => old * 1.8),
  byPipeline('grey', (picture) => picture.greyscale().toColourspace('srgb')),
  closeUp('close-up, the middle 45 %', 0.45),
  covered('mouth and chin covered', 0.2, 0.55, 0.6, 0.4),
  covered('left half covered', 0, 0, 0.5, 1),
  turned(30),
  turned(-30),
  turned(90),
  turned(180),
];
