/** Hides every face of a video: node --import tsx examples/blur.ts party.mp4 safe.mp4 */
import { detectFaces, fromSource, runPipeline } from '@fr-stream/core';
import { annotatedVideo, blurAnnotator, videoFrames } from '@fr-stream/stream';
import { loadDefaultModels } from './default-models.js';

const [input = 'party.mp4', output = 'safe.mp4'] = process.argv.slice(2);
await using models = await loadDefaultModels();
await using source = videoFrames(input);
const summary = await runPipeline(fromSource(source).pipe(detectFaces(models.detector)), [
  annotatedVideo(output, { source, annotator: blurAnnotator(() => true) }),
]);
console.log(summary);
