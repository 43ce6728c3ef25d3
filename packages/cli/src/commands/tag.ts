import { defined, fromSource, messageOf, runPipeline, type Hindsight } from '@fr-stream/core';
import {
  decisionThreshold,
  isTrackerName,
  openVideo,
  Plugins,
  WholeFile,
  type VideoOptions,
} from '@fr-stream/engine';
import { notKept, standardOutput } from '@fr-stream/stream';
import { createEngine, type Engine } from '../compose/engine.js';
import { followGallery } from '../compose/follow-gallery.js';
import { isMissing, openGallery } from '../compose/open-gallery.js';
import { withOwnEmbedder } from '../compose/own-embedder.js';
import { openMachines } from '../compose/many-machines.js';
import { openAll } from '../compose/open-outputs.js';
import { createOutputs } from '../compose/run-outputs.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupt } from '../interrupt.js';
import { lookAlikeNotes } from '../ui/look-alikes.js';
import { paint } from '../ui/paint.js';
import { createProgress } from '../ui/progress.js';
import { counted } from '../ui/counted.js';
import { isForLibraryOnly, tagIntoLibrary } from './tag-into-library.js';
import { LibraryKeeper, requireWholeVideo } from './keep-in-library.js';
import { keepStrangers } from './keep-strangers.js';
import { Observer } from './tag-observer.js';
import type { TagOptions } from './tag-options.js';
import { isReadAgain, onlyStdout, requireUse, streamsToStdout, tagSinks } from './tag-outputs.js';
import { requireElsewhere, searchedElsewhere } from './tag-elsewhere.js';
import { closingLine, greeting, presenceTable, rememberedNote } from './tag-report.js';
import { addressOfSource, openSource, requireRange, startRecording, type TagSource } from './tag-source.js';
import { print, printJson, say } from '../ui/terminal.js';

function videoOptions(options: TagOptions): Omit<VideoOptions, 'live' | 'info'> {
  const {
    plugins = new Plugins(),
    tracker: kind,
    threshold,
    far,
    margin,
    embed,
    every,
    maxFaces,
    minSize,
    minScore,
  } = options;
  const tracker = kind === undefined || isTrackerName(kind) ? kind : plugins.tracker(kind);
  return defined({
    tracker,
    threshold,
    far,
    margin,
    embed,
    every,
    maxFaces,
    minSize,
    scoreThreshold: minScore,
  });
}

/**
 * `fr-stream <video>`: tags the faces of a video or camera.
 * @param shared models of several runs, which are the caller's; else the run loads its own.
 */
export async function tag(input: string, options: TagOptions, shared?: Engine): Promise<ExitCode> {
  const quiet = options.quiet === true;
  const started = performance.now();
  requireUse(options);
  const settings = videoOptions(options);
  const outputs = createOutputs(options);
  outputs.keep('the input', input);
  const makers = tagSinks(options, outputs);
  await requireWholeVideo(input, options);
  if (isForLibraryOnly(options)) return tagIntoLibrary(input, options, settings, shared);
  await outputs.check();
  await using gallery = await openGallery(options.gallery, { mode: galleryMode(options) });
  if (isMissing(options.gallery)) {
    say(`${paint.yellow('warning:')} ${options.gallery ?? ''}: there is no gallery; nobody has a name.`);
  }
  if (options.queue !== undefined) requireElsewhere(input, options);
  await using machines = await openMachines(options);
  const models = shared === undefined ? await withOwnEmbedder(options, gallery) : options;
  await using own = shared === undefined ? await createEngine(models) : undefined;
  const engine = own ?? shared;
  if (engine === undefined) throw new TypeError('a run needs models');
  gallery.requireEmbedder(engine.embedder.id);
  await using address = await addressOfSource(input);
  await using source = openSource(input, options, address);
  const info = await source.info();
  await using recording = startRecording(address, options.record);
  void recording;
  requireRange(info, options.start);
  // From here on a signal ends the run as it ends one at work: with its outputs finished, or none begun.
  using interrupt = new Interrupt(onlyStdout(options) ? standardOutput().gone : undefined);
  let whole: WholeFile | undefined;
  const hindsight: Hindsight = {
    identityOf: (track, frame) => whole?.identityOf(track, frame),
    isFalse: (track, frame) => whole?.isFalse(track, frame) === true,
    late: () => whole?.late() ?? [],
  };
  const progress = createProgress(info, quiet);
  const redraw = isReadAgain(source)
    ? {
        hindsight,
        source: () => openSource(input, options, address),
        signal: interrupt.signal,
        onStart: () => progress.note(paint.dim('drawing the video again with the names found at the end')),
      }
    : undefined;
  const wholeFile = !source.live;
  const run = { source, info, engine, hindsight, wholeFile, ...defined({ redraw }) };
  const openings = makers.map(({ make, output }) => ({ sink: make(run), output }));
  const sinks = openings.map(({ sink }) => sink);
  await using opened = await openAll(outputs, openings);
  void opened;
  if (!quiet) say(greeting(info, engine, gallery), ...lossNotes(source, options));
  // A camera is watched for days: who is enrolled, renamed or forgotten meanwhile counts at once.
  await using following = source.live
    ? followGallery(gallery, (error) => progress.note(`${paint.yellow('warning:')} ${messageOf(error)}`))
    : undefined;
  void following;

  const observer = new Observer(progress, source, {
    hindsight,
    tracked: options.tracker !== 'none',
    threshold: decisionThreshold(options, engine.embedderCard),
  });
  const video = await openVideo(engine, gallery, {
    ...settings,
    live: source.live,
    info,
    wholeFile,
  });
  if (wholeFile && video.people !== undefined) whole = new WholeFile(video.people);
  const found =
    machines === undefined
      ? undefined
      : await searchedElsewhere(input, models, {
          machines,
          source,
          info,
          engine,
          video,
          bucket: address.bucket,
          progress,
          signal: interrupt.signal,
        });
  const { inFlight } = video;
  const keeper =
    options.library === true && whole !== undefined
      ? await LibraryKeeper.open(
          input,
          {
            engine,
            gallery,
            whole,
            info,
            onProblem: (error) =>
              progress.note(
                `${paint.yellow('warning:')} a part was not kept for later runs: ${messageOf(error)}`,
              ),
          },
          models,
        )
      : undefined;
  const first = whole === undefined ? [] : [whole, ...(keeper?.sinks ?? [])];
  const frames = found?.source ?? source;
  const operator = found?.operator ?? video.operator;
  const pipeline = fromSource(frames, { signal: interrupt.signal, inFlight }).pipe(operator);
  const summary = await runPipeline(pipeline, [...first, ...sinks, observer]);

  const problem = found?.problem ?? source.problem;
  const people = observer.people();
  const lookAlikes = observer.lookAlikes(gallery);
  const remembered =
    options.rememberStrangers === true
      ? await keepStrangers(gallery, engine, video, info.source, people)
      : undefined;
  const kept =
    keeper === undefined || interrupt.interrupted || found?.problem !== undefined
      ? undefined
      : await keeper.keep(gallery, video.rule, remembered);
  if (options.json === true) {
    const event = {
      schema: 'fr-stream/summary@1',
      source: info.source,
      ...summary,
      dropped: source.dropped,
      people,
      ...(lookAlikes.length > 0 && { lookAlikes }),
      ...(remembered !== undefined && { remembered }),
    };
    printJson(event);
  } else if (!quiet) {
    // Not into the midst of what was asked for.
    (streamsToStdout(options) ? say : print)(...presenceTable(people));
  }
  if (!quiet) say(...lookAlikeNotes(lookAlikes, options.gallery));
  if (remembered !== undefined && !quiet) say(...rememberedNote(remembered));
  if (kept !== undefined && !quiet) say(paint.dim(`${counted(kept, 'face')} kept in the library`));
  for (const warning of source.warnings ?? []) say(`${paint.yellow('warning:')} ${warning}`);
  if (problem !== undefined) say(`${paint.yellow('warning:')} ${problem.message}`);
  if (!quiet) {
    say(
      closingLine(summary, performance.now() - started, found?.embedded ?? video.embedded(), source.dropped),
    );
    for (const path of outputs.files()) say(paint.dim(`wrote ${path}`));
    if (options.bestShots !== undefined) say(paint.dim(`wrote ${options.bestShots}`));
  }
  if (interrupt.interrupted) return EXIT.interrupted;
  return problem !== undefined || summary.failed > 0 ? EXIT.partial : EXIT.ok;
}

/**
 * A gallery that was named and is not there is an empty one, and that is said; but who is to be blurred because they are
 * known must be known.
 */
function galleryMode({ rememberStrangers, library, blur }: TagOptions): 'create' | 'read' | 'read-or-empty' {
  if (rememberStrangers === true || library === true) return 'create';
  return blur === 'known' ? 'read' : 'read-or-empty';
}

/** What of the input its copy does not keep. */
function lossNotes({ video }: TagSource, { out, outRange: range }: TagOptions): readonly string[] {
  const lost = out === undefined || video === undefined ? [] : notKept(video, { range });
  return lost.length === 0 ? [] : [paint.dim(`--out does not keep ${lost.join(', ')}`)];
}
