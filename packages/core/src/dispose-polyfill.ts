/**
 * `Symbol.dispose` and `Symbol.asyncDispose` are missing in a few runtimes that are still in use (Safari).
 * Every resource in fr-stream is released through them, so they are defined here, before any class is.
 */
const symbols = Symbol as unknown as Record<'dispose' | 'asyncDispose', symbol | undefined>;
symbols.dispose ??= Symbol.for('Symbol.dispose');
symbols.asyncDispose ??= Symbol.for('Symbol.asyncDispose');
