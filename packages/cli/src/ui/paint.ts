import picocolors from 'picocolors';

/** Colours for stderr, which is where people read; off when it is no terminal or NO_COLOR is set. */
export const paint = picocolors.createColors(
  process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined,
);
