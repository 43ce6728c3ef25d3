/**
 * What must not reach a terminal, a log or a line of a file as it is: control characters (C0, DEL, C1, which begin
 * escape sequences), line and paragraph separators, marks that turn the direction of writing (Unicode's bidirectional
 * controls, see "Trojan Source", 2021), characters that nobody sees, lone surrogates, noncharacters.
 */
const UNSAFE =
  /[\p{Cc}\p{Cs}\u2028\u2029\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u00AD\uFEFF\uFFF9-\uFFFB\uFDD0-\uFDEF\u{E0000}-\u{E007F}]|[\uFFFE\uFFFF\u{1FFFE}\u{1FFFF}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).padStart(4, '0');
  return SHORT[character] ?? (code > 0xffff ? `\\u{${digits}}` : `\\u${digits}`);
}

/**
 * Text from outside (names, file names, messages of other programs) as one line that does nothing to whoever shows
 * it: what could is written as an escape (`\n`, `\u001b`). Printable text of all languages stays as it is.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** The first character of a text that cannot be printed, as an escape; undefined when all can. */
export function unprintable(text: string): string | undefined {
  const found = text.match(UNSAFE)?.[0];
  return found === undefined ? undefined : escaped(found);
}

/**
 * JSON (RFC 8259) that does nothing to a terminal: `JSON.stringify` leaves C1 controls, DEL and bidirectional marks as
 * they are. Reading it gives the very same value.
 * @param indent as for `JSON.stringify`.
 */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(UNSAFE, (character) =>
    // Line ends between the members are the only control characters in JSON.
    character === '\n' ? character : character.replace(/[^]/g, utf16),
  );
}

function utf16(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** File systems take 255 bytes; endings and numbers come behind. */
const MOST_BYTES = 200;
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** A name as a file name, without an ending, on every system. Different names may give the same one. */
export function safeFileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(UNSAFE, '_')
    .replace(/[<>:"/\\|?*]/g, '_')
    .replace(/^\.+|[. ]+$/g, '_');
  const whole = RESERVED.test(plain) ? `_${plain}` : plain;
  let cut = '';
  let bytes = 0;
  for (const character of whole) {
    bytes += utf8Length(character);
    if (bytes > MOST_BYTES) break;
    cut += character;
  }
  return cut === '' ? '_' : cut;
}

function utf8Length(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
