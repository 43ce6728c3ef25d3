import { existsSync } from 'node:fs';

/** Where a Chromium is; undefined when there is none, and the tests that need one say so and are skipped. */
export const chromiumPath = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (chromiumPath === undefined)
  console.warn(
    'No Chromium is installed (apt-get install chromium, or set CHROMIUM_PATH): page tests are skipped.',
  );
