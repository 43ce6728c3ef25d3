/** The parts that we use of packages that carry no type declarations. */
declare module '@npmcli/config' {
  interface ConfigOptions {
    npmPath: string;
    definitions: unknown;
    shorthands: unknown;
    flatten: unknown;
    nerfDarts?: readonly string[];
    argv?: readonly string[];
    env?: Record<string, string | undefined>;
    cwd?: string;
    warn?: boolean;
  }
  export default class Config {
    constructor(options: ConfigOptions);
    load(): Promise<void>;
    /** Options as the npm libraries (pacote, npm-registry-fetch) take them. */
    readonly flat: Readonly<Record<string, unknown>>;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const definitions: {
    definitions: unknown;
    shorthands: unknown;
    flatten: unknown;
    nerfDarts: readonly string[];
  };
  export default definitions;
}

declare module 'make-fetch-happen' {
  interface FetchResponse {
    readonly ok: boolean;
    readonly status: number;
    readonly statusText: string;
    readonly headers: { get(name: string): string | null };
    readonly body: AsyncIterable<Uint8Array> & { resume(): unknown };
  }
  interface FetchOptions {
    headers?: Record<string, string>;
    signal?: AbortSignal;
    timeout?: number;
    retry?: boolean | { retries: number; minTimeout?: number; maxTimeout?: number };
  }
  export default function fetch(url: string, options?: FetchOptions): Promise<FetchResponse>;
}
