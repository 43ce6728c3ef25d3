/**
 * What is used of hnswlib-node, which is there only where it could be compiled: without this nothing could be built where it
 * is not.
 */
declare module 'hnswlib-node' {
  export class HierarchicalNSW {
    constructor(space: 'l2' | 'ip' | 'cosine', dimensions: number);
    initIndex(options: {
      readonly maxElements: number;
      readonly m?: number;
      readonly efConstruction?: number;
      readonly randomSeed?: number;
      readonly allowReplaceDeleted?: boolean;
    }): void;
    readIndex(file: string, allowReplaceDeleted?: boolean): Promise<boolean>;
    writeIndex(file: string): Promise<boolean>;
    resizeIndex(maxElements: number): void;
    addPoint(point: readonly number[], label: number, replaceDeleted?: boolean): void;
    getPoint(label: number): number[];
    markDelete(label: number): void;
    searchKnn(
      point: readonly number[],
      neighbours: number,
      filter?: (label: number) => boolean,
    ): { readonly distances: number[]; readonly neighbors: number[] };
    setEf(ef: number): void;
    getMaxElements(): number;
    getCurrentCount(): number;
  }
  const library: { readonly HierarchicalNSW: typeof HierarchicalNSW };
  export default library;
}
