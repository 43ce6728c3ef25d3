import type { AttributeEvent, Face } from '@fr-stream/core';
import type { AttributeColumn } from '@fr-stream/stream';
import { isAnalyzerName, Plugins, type AnalyzerName } from '@fr-stream/engine';

type Attributes = Readonly<Record<string, AttributeEvent>>;

/** The number or text at a path such as `eyes`, `left`, `open`. */
function valueAt(
  attributes: Readonly<Record<string, unknown>>,
  path: readonly string[],
): number | string | undefined {
  let value: unknown = attributes;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

function numberAt(
  attributes: Readonly<Record<string, unknown>>,
  path: readonly string[],
): number | undefined {
  const value = valueAt(attributes, path);
  return typeof value === 'number' ? value : undefined;
}

/** The likeliest of an analyser's classes, and its probability. */
function likeliest(
  attributes: Readonly<Record<string, unknown>>,
  name: AnalyzerName,
): readonly [string, number] | undefined {
  const classes = attributes[name];
  if (typeof classes !== 'object' || classes === null) return undefined;
  const entries = Object.entries(classes).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return entries.sort((a, b) => b[1] - a[1])[0];
}

function column(name: string, ...path: readonly string[]): AttributeColumn {
  return { name, value: (attributes: Attributes) => numberAt(attributes, path) };
}

const COLUMNS: Readonly<Record<AnalyzerName, readonly AttributeColumn[]>> = {
  pose: [column('yaw', 'pose', 'yaw'), column('pitch', 'pose', 'pitch'), column('roll', 'pose', 'roll')],
  eyes: [column('left_eye_open', 'eyes', 'left', 'open'), column('right_eye_open', 'eyes', 'right', 'open')],
  liveness: [column('live', 'liveness', 'live')],
  quality: [column('quality', 'quality', 'overall'), column('sharpness', 'quality', 'sharpness')],
  age: [column('age', 'age', 'value')],
  gender: [column('gender', 'gender', 'value')],
  expression: [
    { name: 'expression', value: (attributes) => likeliest(attributes, 'expression')?.[0] },
    { name: 'expression_probability', value: (attributes) => likeliest(attributes, 'expression')?.[1] },
  ],
};

/** The CSV columns of what was asked for. */
export function attributeColumns(
  names: readonly string[],
  plugins: Plugins = new Plugins(),
): readonly AttributeColumn[] {
  return [...new Set(names)].flatMap((name) => {
    if (isAnalyzerName(name)) return COLUMNS[name];
    return Object.entries(plugins.analyzer(name).columns ?? {}).map(([title, path]) => ({
      name: title,
      value: (attributes: Attributes) => valueAt(attributes, [name, ...path]),
    }));
  });
}

const degrees = (value: number): string => `${Math.round(value)}°`;

/** What analysers found, a few words each: `yaw -31° pitch 4°`, `eyes closed`, `live 0.98`. */
export function attributeWords({ attributes = {} }: Face): readonly string[] {
  const at = (...path: readonly string[]): number | undefined => numberAt(attributes, path);
  const words: string[] = [];
  const [yaw, pitch] = [at('pose', 'yaw'), at('pose', 'pitch')];
  if (yaw !== undefined && pitch !== undefined) words.push(`yaw ${degrees(yaw)} pitch ${degrees(pitch)}`);
  const [left, right] = [at('eyes', 'left', 'open'), at('eyes', 'right', 'open')];
  if (left !== undefined && right !== undefined) {
    words.push(
      left < 0.5 && right < 0.5 ? 'eyes closed' : left < 0.5 || right < 0.5 ? 'one eye closed' : 'eyes open',
    );
  }
  const live = at('liveness', 'live');
  if (live !== undefined) words.push(`live ${live.toFixed(2)}`);
  const quality = at('quality', 'overall');
  if (quality !== undefined) words.push(`quality ${quality.toFixed(2)}`);
  const age = at('age', 'value');
  if (age !== undefined) words.push(`about ${Math.round(age)} years`);
  const gender = at('gender', 'value');
  if (gender !== undefined) words.push(`gender ${gender.toFixed(2)}`);
  const expression = likeliest(attributes, 'expression');
  if (expression !== undefined) words.push(`${expression[0]} ${expression[1].toFixed(2)}`);
  return words;
}
