/**
 * The few web-standard globals that exist in Node, browsers and workers alike and that core may name.
 * Core is compiled without the Node and DOM type libraries, so anything else is a compile error.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
/** Base64 to and from text whose characters stand for bytes. */
declare function atob(base64: string): string;
declare function btoa(bytes: string): string;
/** The part of WebAssembly that the pixel kernel needs; it belongs to the JavaScript engine, not to a platform. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number; readonly shared?: boolean });
    /** Shared where the memory is. */
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
