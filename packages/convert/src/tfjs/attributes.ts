import { ConversionError } from '../conversion-error.js';
import type { TfAttribute, TfNode } from './model-json.js';

function find(node: TfNode, name: string): TfAttribute | undefined {
  return node.attr?.[name];
}

function decodeString(value: string | readonly number[]): string {
  if (typeof value !== 'string') return String.fromCharCode(...value);
  return new TextDecoder().decode(Uint8Array.from(atob(value), (byte) => byte.charCodeAt(0)));
}

/** A byte-string attribute. */
export function stringAttr(node: TfNode, name: string, fallback = ''): string {
  const value = find(node, name)?.s;
  return value === undefined ? fallback : decodeString(value);
}

export function stringListAttr(node: TfNode, name: string): string[] {
  return find(node, name)?.list?.s?.map(decodeString) ?? [];
}

export function intListAttr(node: TfNode, name: string): number[] {
  return find(node, name)?.list?.i?.map(Number) ?? [];
}

export function intAttr(node: TfNode, name: string, fallback: number): number {
  const value = find(node, name)?.i;
  return value === undefined ? fallback : Number(value);
}

export function floatAttr(node: TfNode, name: string, fallback: number): number {
  const value = find(node, name)?.f;
  return value === undefined ? fallback : Number(value);
}

export function boolAttr(node: TfNode, name: string): boolean {
  return find(node, name)?.b ?? false;
}

/** Dimensions of a shape attribute; -1 for those left open. */
export function shapeAttr(node: TfNode, name: string): number[] | undefined {
  return find(node, name)?.shape?.dim?.map(({ size }) => (size === undefined ? -1 : Number(size)));
}

// Numbers of tensorflow/core/framework/types.proto; some writers use them instead of the names.
const TYPES: Readonly<Record<string, 'float32' | 'int32' | 'bool'>> = {
  DT_FLOAT: 'float32',
  1: 'float32',
  DT_HALF: 'float32',
  19: 'float32',
  DT_INT32: 'int32',
  3: 'int32',
  DT_INT64: 'int32',
  9: 'int32',
  DT_BOOL: 'bool',
  10: 'bool',
};

export function typeAttr(node: TfNode, name: string): 'float32' | 'int32' | 'bool' {
  const value = find(node, name)?.type;
  const type = value === undefined ? undefined : TYPES[String(value)];
  if (type === undefined) {
    throw new ConversionError(`type ${value ?? '(none)'} of attribute ${name} is not supported`, {
      node: node.name,
      operator: node.op,
    });
  }
  return type;
}
