import { randomBytes } from 'node:crypto';
import picocolors from 'picocolors';

const enabled = process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined;

/** Stands for the beginning of a colour until the line is printed; nothing that is printed can contain it by chance. */
const MARK = `\uFDD0${randomBytes(6).toString('hex')}`;

/** Splits a line at its colours: text, the colour's number, text, ... */
export const COLOUR = new RegExp(`${MARK}\\[(\\d+)m`);

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const colours = picocolors.createColors(enabled);
const painter =
  (colour: Colour) =>
  (text: string): string =>
    colours[colour](text).replace(/\u001b/g, MARK);

/** Colours for lines that `ui/terminal.ts` prints; off when standard error is no terminal or NO_COLOR is set. */
export const paint: Readonly<Record<Colour, (text: string) => string>> = {
  bold: painter('bold'),
  dim: painter('dim'),
  red: painter('red'),
  green: painter('green'),
  yellow: painter('yellow'),
};

/** Colours for what is written to the terminal past `ui/terminal.ts`: the formats of bars. */
export const barPaint = colours;
