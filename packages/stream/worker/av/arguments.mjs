// @ts-check
/** Reads a command line as ffmpeg does: options belong to the file that follows them. */

/** Options that stand alone. */
const FLAGS = new Set([
  ...['hide_banner', 'nostdin', 'nostats', 'y', 'n', 're', 'shortest', 'version', 'an', 'vn', 'sn', 'dn'],
]);
const GLOBAL = new Set([
  'hide_banner',
  'nostdin',
  'nostats',
  'y',
  'n',
  'version',
  'loglevel',
  'v',
  'filter_complex',
]);

/**
 * @typedef {readonly (readonly [string, string])[]} Options In their order; flags have the value `1`.
 * @typedef {object} CommandLine
 * @property {ReadonlyMap<string, string>} global
 * @property {readonly { readonly url: string, readonly options: Options }[]} inputs
 * @property {readonly { readonly url: string, readonly options: Options }[]} outputs
 */

/**
 * @param {readonly string[]} args
 * @returns {CommandLine}
 */
export function parseArguments(args) {
  /** @type {Map<string, string>} */
  const global = new Map();
  const inputs = [];
  const outputs = [];
  /** @type {[string, string][]} */
  let options = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '-' || !word.startsWith('-')) {
      outputs.push({ url: word === '-' ? 'pipe:1' : word, options });
      options = [];
      continue;
    }
    const name = word.slice(1);
    if (FLAGS.has(name)) {
      if (GLOBAL.has(name)) global.set(name, '1');
      else options.push([name, '1']);
      continue;
    }
    const value = args[++at];
    if (value === undefined) throw new Error(`Missing argument for option '${name}'.`);
    if (name === 'i') {
      inputs.push({ url: value === '-' ? 'pipe:0' : value, options });
      options = [];
    } else if (GLOBAL.has(name)) {
      global.set(name, value);
    } else {
      options.push([name, value]);
    }
  }
  return { global, inputs, outputs };
}

/**
 * @param {Options} options
 * @param {...string} names The last one given counts.
 */
export function optionOf(options, ...names) {
  return options.findLast(([name]) => names.includes(name))?.[1];
}

/**
 * Seconds of `12.5` or `01:02:03.5`.
 * @param {string | undefined} text
 */
export function secondsOf(text) {
  if (text === undefined) return undefined;
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
