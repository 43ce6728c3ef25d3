import { writeOutput } from '@fr-stream/stream/output';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { toFrStreamError } from '@fr-stream/core';
import type { EngineOptions } from 'fr-stream/engine';
import { beliefTable } from './belief/belief.js';
import { calibrate, calibrationTable, writeCalibration } from './calibration/calibrate.js';
import { cardSpeedTable } from './card-speed.js';
import { clusterTable } from './cluster.js';
import { compareClusterings } from './clustering/compare.js';
import { clusterScale, synthesizedMethods } from './clustering/scale.js';
import { detectTable } from './detect.js';
import { identifyTable } from './identify.js';
import { rocPlot } from './report/roc-plot.js';
import { verificationTable } from './report/verification-report.js';
import { robustnessTable } from './robustness/robustness.js';
import { speedTable } from './speed.js';
import { chainsTable } from './table.js';
import { verify } from './verify.js';
import { videoTable } from './video/video-table.js';

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number >= 1.');
  return value;
}

/** A command with the options that choose the chain, as the product's command line names them. */
function chainCommand(name: string, description: string) {
  return new Command(name)
    .description(description)
    .requiredOption('--images <dir>', 'folder that paths are relative to')
    .option('--detector <id>')
    .option('--landmarker <id>')
    .option('--embedder <id>')
    .option('--tiles <n>', 'tiles along the longer side', whole)
    .option('--detector-size <px>', 'longer side of the detector input, if it is free', whole)
    .option('--threads <n>', 'threads per model', whole)
    .option('--accurate', 'embed mirror images too')
    .option('--accept-licence', 'accept the terms of models that ask for it')
    .option('-q, --quiet', 'no progress bar');
}

async function emit(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) process.stdout.write(text);
  else await writeOutput(file, text);
}

const program = new Command('evaluate')
  .description("Measures fr-stream's own pipeline and prints Markdown tables.")
  .addCommand(
    chainCommand('verify', 'face verification by the LFW protocol: are two photos of one person?')
      .requiredOption('--pairs <file>', "CSV with a,b,same[,fold], or LFW's pairs.txt")
      .option('--plot <file.svg>', 'write the ROC curve')
      .option('--json <file>', 'write all figures')
      .action(async ({ images, pairs, plot, json, ...options }) => {
        const result = await verify(images, pairs, options satisfies EngineOptions);
        process.stdout.write(verificationTable([result]));
        if (plot !== undefined)
          await emit(rocPlot('Verification', [{ name: result.name, points: result.roc }]), plot);
        if (json !== undefined) await emit(`${JSON.stringify(result, null, 1)}\n`, json);
      }),
  )
  .addCommand(
    chainCommand('calibrate', 'fit cosine -> probability and FAR to all pairs of a folder of people')
      .requiredOption('--name <set>', 'what the photos are, for the card')
      .option('--write <far>', 'put the curve, and the threshold at this FAR, into the card', Number)
      .action(async ({ images, name, write, ...options }) => {
        const result = await calibrate(images, name, options);
        process.stdout.write(calibrationTable(result));
        if (write !== undefined) process.stderr.write(`wrote ${await writeCalibration(result, write)}\n`);
      }),
  )
  .addCommand(
    chainCommand('robustness', 'verification of good photos against photos that are made harder')
      .requiredOption('--pairs <file>', "CSV with a,b,same[,fold], or LFW's pairs.txt")
      .option('--only <text>', 'ways of making them harder whose names contain this')
      .action(async ({ images, pairs, only, ...options }) =>
        emit(await robustnessTable(images, pairs, only, options), undefined),
      ),
  )
  .addCommand(
    chainCommand('belief', "fit how far a picture of a face can be believed, for core's belief.ts")
      .requiredOption('--pairs <file>', "CSV with a,b,same[,fold], or LFW's pairs.txt")
      .option('--none <clips...>', 'videos that show no face, to tell faces from what is none')
      .action(async ({ images, pairs, none = [], ...options }) =>
        emit(await beliefTable(images, pairs, none, options), undefined),
      ),
  )
  .addCommand(
    chainCommand(
      'identify',
      'who is it? one sub-folder per person; people with one photo are strangers',
    ).action(async ({ images, ...options }) => emit(await identifyTable(images, options), undefined)),
  )
  .addCommand(
    chainCommand('detect', 'average precision, recall and false positives of the detector')
      .requiredOption('--boxes <file>', 'boxes of the faces, in the format of WIDER FACE')
      .option('--min-size <px>', 'ignore faces with a shorter side below', whole, 1)
      .action(async ({ images, boxes, minSize, ...options }) =>
        emit(await detectTable(images, boxes, { minSize }, options), undefined),
      ),
  )
  .addCommand(
    new Command('cluster')
      .description('BCubed and pairwise scores of a clustering')
      .requiredOption('--faces <file.csv>', 'columns person and cluster, one row per face')
      .action(async ({ faces }) => emit(await clusterTable(faces), undefined)),
  )
  .addCommand(
    chainCommand(
      'cluster-methods',
      'group the faces of a folder of people by several methods, each at its best threshold',
    )
      .option('--at <cosine>', 'and at this threshold', Number)
      .action(async ({ images, at, ...options }) =>
        emit(await compareClusterings(images, at, options), undefined),
      ),
  )
  .addCommand(
    chainCommand('speed', 'milliseconds per frame and per face at one and two threads')
      .requiredOption('--photo <file>', 'a photo with a face, relative to the folder')
      .action(async ({ images, photo, ...options }) =>
        emit(await speedTable(join(images, photo), options), undefined),
      ),
  )
  .addCommand(
    new Command('speed-cards')
      .description('milliseconds of every model in the cache at one and two threads')
      .argument('[ids...]', 'default: all')
      .option('--write', 'put them into the cards')
      .option('-q, --quiet', 'no progress bar')
      .action(async (ids, options) => emit(await cardSpeedTable(ids, options), undefined)),
  )
  .addCommand(
    new Command('cluster-scale')
      .description("time, memory and accuracy of the product's clustering on synthetic embeddings")
      .option('--faces <n...>', 'how many', (text: string, all: number[] = []) => [...all, whole(text)])
      .option('--threshold <cosine>', "the default embedder's decision threshold", Number, 0.371)
      .option('--methods', 'compare all methods instead, on the first number of faces')
      .action(async ({ faces = [10_000], threshold, methods }) =>
        emit(
          methods === true
            ? await synthesizedMethods(faces[0], [0.42, 0.45, 0.47, 0.5, 0.55])
            : await clusterScale(faces, threshold),
          undefined,
        ),
      ),
  )
  .addCommand(
    chainCommand('table', 'the table of models/README.md: accuracy, speed, size and terms of all chains')
      .requiredOption('--pairs <file>', "CSV with a,b,same[,fold], or LFW's pairs.txt")
      .option('--plot <file.svg>', 'write the ROC curves')
      .option('--write', 'put the table into models/README.md, and the figures into the cards')
      .action(async ({ images, pairs, plot, ...options }) => {
        const { markdown, results } = await chainsTable(images, pairs, options);
        process.stdout.write(markdown);
        const series = results.map(({ name, roc }) => ({ name, points: roc }));
        if (plot !== undefined) await emit(rocPlot('Verification', series), plot);
      }),
  )
  .addCommand(
    new Command('video')
      .description("who is who in real clips that were labelled by eye, by the product's own command")
      .argument('<folders...>', 'clips (clip.mp4, truth.csv, times.csv, people/), or folders of such')
      .option('--write', 'put the table into docs/tracking.md')
      .option('--json <file>', 'write all figures')
      .option('--with <options>', "options for the command, in one text, such as '--accurate --every 2'", '')
      .action(async (folders, { with: text, json, write }) => {
        const options = text.split(/\s+/).filter((option) => option !== '');
        const { markdown, results } = await videoTable(folders, {
          options,
          ...(write === true && { write }),
        });
        process.stdout.write(markdown);
        if (json !== undefined) await emit(`${JSON.stringify(results, null, 1)}\n`, json);
      }),
  );

try {
  await program.parseAsync();
} catch (error) {
  const { message, hint } = toFrStreamError(error);
  process.stderr.write(`error: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  process.exitCode = 1;
}
