import type { GraphNode } from '@fr-stream/models';

type Attributes = GraphNode['attributes'];

export function attributeNumber(attributes: Attributes, name: string, otherwise: number): number {
  const value = attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
}

export function attributeInts(
  attributes: Attributes,
  name: string,
  otherwise: readonly number[],
): readonly number[] {
  const value = attributes.get(name);
  return value !== undefined && Array.isArray(value) ? value : otherwise;
}
