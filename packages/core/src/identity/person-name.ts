import { ArgumentError } from '../errors.js';
import { unprintable } from '../text/safe-text.js';
import { labelNumber } from './gallery-store.js';

/** Longest name, in code points. */
export const MOST_NAME_LENGTH = 200;

/**
 * A name as it is kept: Unicode NFC, without spaces around it, one plain space between words.
 * @throws ArgumentError when it is empty, longer than {@link MOST_NAME_LENGTH}, looks like a label of somebody unnamed,
 * or holds what cannot be printed: control characters, line ends, marks that turn the direction of writing, characters
 * that nobody sees (two names that look the same must be the same).
 */
export function checkedName(name: string): string {
  const plain = tidied(name);
  if (plain === '') throw new ArgumentError('A person needs a name that is not empty.');
  const hidden = unprintable(plain);
  if (hidden !== undefined) {
    throw new ArgumentError(`A name cannot hold ${hidden}, which cannot be printed.`, {
      hint: 'Type the name without it.',
    });
  }
  if ([...plain].length > MOST_NAME_LENGTH) {
    throw new ArgumentError(`A name has at most ${MOST_NAME_LENGTH} characters.`, {
      hint: 'Choose a shorter one.',
    });
  }
  if (labelNumber(plain) > 0) {
    throw new ArgumentError(`"${plain}" is a label of somebody unnamed, not a name.`, {
      hint: 'Choose another name.',
    });
  }
  return plain;
}

/**
 * A name from a file that others wrote, made one that {@link checkedName} lets pass if it can be: what cannot be printed
 * is left out, and so is what is too long. May be empty, or a label.
 */
export function repairedName(name: string): string {
  let kept = '';
  for (const character of tidied(name.replace(/\s/gu, ' '))) {
    if (unprintable(character) === undefined) kept += character;
  }
  return tidied([...kept].slice(0, MOST_NAME_LENGTH).join(''));
}

/** `\p{Zs}`: spaces of all widths, but no line ends and tabs. */
function tidied(name: string): string {
  return name
    .normalize('NFC')
    .replace(/\p{Zs}+/gu, ' ')
    .replace(/^ | $/g, '');
}
