/** Fetches one asset into a shared cache folder and prints its path: node fetch-in-child.mjs FOLDER ASSET-JSON */
import { AssetCache } from '../src/index.ts';

const [folder, asset] = process.argv.slice(2);
console.log(await new AssetCache(folder).fetch(JSON.parse(asset)));
