import { safeJson, safeText } from '@fr-stream/core/text';
import { standardError, standardOutput, type StandardStream } from '@fr-stream/stream/output';
import { COLOUR } from './paint.js';

/** All that the command prints goes through here: lines for people, made safe, and JSON. */

/** Names, file names and messages of other programs come in lines; nothing in them may do more than be seen. */
export function safeLine(line: string, coloured: boolean): string {
  const printable = (text: string): string => text.split('\t').map(safeText).join('\t');
  return line
    .split(COLOUR)
    .map((piece, i) => (i % 2 === 0 ? printable(piece) : coloured ? `\u001b[${piece}m` : ''))
    .join('');
}

function writeLines(to: StandardStream, lines: readonly string[]): void {
  const coloured = to.stream.isTTY === true;
  to.write(lines.map((line) => `${safeLine(line, coloured)}\n`).join(''));
}

/** Tells the user something, on standard error. Each argument is one line, whatever it holds. */
export function say(...lines: readonly string[]): void {
  writeLines(standardError(), lines);
}

/** Prints what was asked for, on standard output. Each argument is one line, whatever it holds. */
export function print(...lines: readonly string[]): void {
  writeLines(standardOutput(), lines);
}

/** Prints one line of JSON on standard output. */
export function printJson(value: unknown): void {
  standardOutput().write(`${safeJson(value)}\n`);
}

/** On a terminal, the line that is being written is taken back first: a bar that will be drawn again. */
export function sayAbove(line: string): void {
  standardError().write('\r\u001b[K');
  say(line);
}

/** On a terminal, writes a line over the one before, without ending it. */
export function sayOver(line: string): void {
  standardError().write(`\r${safeLine(line, true)} `);
}
