import { Option, type Command } from '@commander-js/extra-typings';
import { PROFILE_NAMES } from '@fr-stream/engine/names';
import { jsonOption, licenceOption, quietOption } from './common-options.js';
import type { RunCommand } from './run-command.js';

/** Adds the commands about models. */
export function registerModelCommands(program: Command, run: RunCommand): void {
  program
    .command('setup')
    .description(
      'fetch the models of a profile of quality, and use it from now on; without one, tell what there is',
    )
    .addOption(new Option('--profile <name>', 'fast, balanced or best').choices(PROFILE_NAMES))
    .addOption(jsonOption('as JSON'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Nothing changes unless all files are there. Behind a firewall: serve the "files" folder of a cache that has them ("fr-stream
doctor" names it) and set FR_STREAM_MIRROR to its address; files are checked against their hashes wherever they come from.

Examples:
  fr-stream setup
  fr-stream setup --profile balanced`,
    )
    .action((options) => run(async () => (await import('./commands/setup.js')).setup(options)));
  const models = program
    .command('models')
    .description('list, fetch and check models')
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream models list\n  fr-stream models pull            fetch the default models, for use offline\n  fr-stream models verify --all',
    );
  models
    .command('list')
    .description('all known models, their terms and whether they are cached')
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream models list')
    .action((options) => run(async () => (await import('./commands/models.js')).modelsList(options)));
  models
    .command('pull')
    .description('fetch models into the cache')
    .argument('[ids...]', 'default: the default chain')
    .option('--all', 'all that have a source')
    .option('--into <dir>', 'also copy them there, for a web page to serve')
    .option('-y, --overwrite', 'replace files there that are other than the models')
    .addOption(licenceOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream models pull yunet-2023mar\n  fr-stream models pull --into public/models',
    )
    .action((ids, options) =>
      run(async () => (await import('./commands/models.js')).modelsPull(ids, options)),
    );
  models
    .command('verify')
    .description('compare cached files with their cards')
    .argument('[ids...]', 'default: the default chain')
    .option('--all', 'all that have a source')
    .addHelpText('after', '\nExample:\n  fr-stream models verify')
    .action((ids, options) =>
      run(async () => (await import('./commands/models.js')).modelsVerify(ids, options)),
    );
  models
    .command('path')
    .description('where a model lies in the cache (fetched if need be)')
    .argument('<id>', 'model id')
    .addHelpText('after', '\nExample:\n  fr-stream models path ultraface-rfb-320')
    .action((id) => run(async () => (await import('./commands/models.js')).modelsPath(id)));
  models
    .command('add')
    .description('take in a model file that you have: of a known model, or any ONNX face model')
    .argument('<id-or-file>', 'the ONNX file; or the id of a known model, then the file')
    .argument('[file]', 'the ONNX file')
    .option('--id <id>', 'name for the model (default: from the file name)')
    .option('--card <file>', 'your own model card, instead of one proposed from the graph')
    .addOption(licenceOption())
    .addHelpText(
      'after',
      `
A file that no card describes is inspected: its outputs tell what it is, it is tried on a face, and a card is written
that you can correct. Detectors of which we know all but the file (state "bring" in the list) are added by their id.

Examples:
  fr-stream models add face_detector.onnx
  fr-stream models add my_arcface.onnx --id my-arcface
  fr-stream models add scrfd-2.5g-kps scrfd_2.5g_bnkps.onnx --accept-licence`,
    )
    .action((id, file, options) =>
      run(async () => (await import('./commands/models.js')).modelsAdd(id, file, options)),
    );
  models
    .command('remove')
    .description('delete a model from the cache, and the card of one that you have added')
    .argument('<id>', 'model id')
    .addHelpText('after', '\nExample:\n  fr-stream models remove my-arcface')
    .action((id) => run(async () => (await import('./commands/models.js')).modelsRemove(id)));
}
