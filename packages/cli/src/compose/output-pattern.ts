import { basename, dirname, extname } from 'node:path';

/** `{dir}`, `{name}` and `{ext}` of an input: its folder, its name without the ending, the ending without the dot. */
const PLACE = /\{(dir|name|ext)\}/g;

/** Whether an output's name is a pattern for those of several inputs. */
export function isPattern(output: string | undefined): boolean {
  return output !== undefined && /\{(?:dir|name|ext)\}/.test(output);
}

/** The output of a pattern for an input. */
export function outputFor(pattern: string, input: string): string {
  const ext = extname(input);
  const parts = { dir: dirname(input), name: basename(input, ext), ext: ext.slice(1) };
  return pattern.replace(PLACE, (_, key: keyof typeof parts) => parts[key]);
}
