import { definePlugin, PLUGIN_CONTRACT } from '@fr-stream/engine';
import { brightness } from './src/brightness.js';
import { CentreTracker } from './src/centre-tracker.js';
import { countSink } from './src/count-sink.js';
import { skinDetector } from './src/skin-detector.js';
import { slideshow } from './src/slideshow.js';

/** What `fr-stream --plugin` loads: everything by the name that a user writes. */
export default definePlugin({
  name: 'example',
  contract: PLUGIN_CONTRACT,
  // fr-stream slides:#c86,640x480,25 ...
  sources: { slides: slideshow },
  // --detector example-skin; key points come from fr-stream's own landmarker.
  detectors: { 'example-skin': { landmarks: false, create: async () => skinDetector() } },
  // --tracker centre
  trackers: { centre: () => new CentreTracker() },
  // --analyze brightness; in CSV files as the column `brightness`.
  analyzers: { brightness: { columns: { brightness: ['mean'] }, create: async () => brightness() } },
  // --sink count=people.txt
  sinks: { count: countSink },
});
