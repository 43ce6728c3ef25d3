#!/usr/bin/env node
import { copyDefaultModels } from '../dist/index.js';

const words = process.argv.slice(2);
const overwrite = words.includes('--overwrite');
const [folder = 'public/models', ...more] = words.filter((word) => word !== '--overwrite');
if (more.length > 0 || folder.startsWith('-')) {
  console.log(
    'usage: fr-stream-models [--overwrite] [FOLDER]\n\nPuts the three default models into FOLDER (public/models).',
  );
  process.exitCode = folder === '--help' ? 0 : 2;
} else {
  try {
    for (const path of await copyDefaultModels(folder, { overwrite })) console.log(path);
  } catch (error) {
    console.error(error.message);
    if (error.hint) console.error(error.hint);
    process.exitCode = error.code === 'OUTPUT_UNWRITABLE' ? 4 : 5;
  }
}
