import type { Command } from '@commander-js/extra-typings';
import { galleryOption, jsonOption, overwriteOption } from './common-options.js';
import { facesOption } from './photo-commands.js';
import type { RunCommand } from './run-command.js';

/** Adds the commands about the gallery as a whole. */
export function registerGalleryCommands(program: Command, run: RunCommand): void {
  const gallery = program
    .command('gallery')
    .description('list, show, rename, remove, export, import and encrypt known people')
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream gallery list\n  fr-stream gallery rename "Ada" "Ada Lovelace"\n  fr-stream gallery remove "Ada Lovelace"\n  fr-stream gallery export people.json',
    );
  gallery
    .command('list')
    .description('who is enrolled')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream gallery list --json')
    .action((options) => run(async () => (await import('./commands/gallery.js')).galleryList(options)));
  gallery
    .command('check')
    .description('whether the file is whole, and who is likely there under two names')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream gallery check')
    .action((options) => run(async () => (await import('./commands/gallery.js')).galleryCheck(options)));
  gallery
    .command('show')
    .description('the faces of a person, where they came from, and who they are not')
    .argument('<person>', 'name, label or id')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream gallery show "Ada Lovelace"')
    .action((person, options) =>
      run(async () => (await import('./commands/people.js')).galleryShow(person, options)),
    );
  gallery
    .command('remove')
    .description('forget a person for good: the same as "fr-stream forget"')
    .argument('<person>', 'name or id')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery remove "Ada Lovelace"')
    .action((person, options) =>
      run(async () => (await import('./commands/people.js')).forgetCommand(person, options)),
    );
  gallery
    .command('rename')
    .description('give a person another name')
    .argument('<person>', 'name or id')
    .argument('<new-name>', 'the new name')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery rename "Ada" "Ada Lovelace"')
    .action((person, name, options) =>
      run(async () => (await import('./commands/gallery.js')).galleryRename(person, name, options)),
    );
  gallery
    .command('encrypt')
    .description('encrypt names, embeddings and pictures of faces with a key (AES-256-GCM)')
    .addOption(galleryOption())
    .addOption(facesOption())
    .addHelpText(
      'after',
      '\nEvery command needs the key from then on: --key-file, or FR_STREAM_KEY_FILE, FR_STREAM_KEY or\nFR_STREAM_PASSPHRASE in the environment.\n\nExamples:\n  openssl rand -hex 32 > ~/.fr-stream-key\n  fr-stream gallery encrypt --key-file ~/.fr-stream-key\n  fr-stream party.mp4 --key-file ~/.fr-stream-key',
    )
    .action((options) =>
      run(async () => (await import('./commands/gallery-encryption.js')).galleryEncrypt(options)),
    );
  gallery
    .command('decrypt')
    .description('take the encryption off again')
    .addOption(galleryOption())
    .addOption(facesOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery decrypt --key-file ~/.fr-stream-key')
    .action((options) =>
      run(async () => (await import('./commands/gallery-encryption.js')).galleryDecrypt(options)),
    );
  gallery
    .command('export')
    .description('write everybody and their face embeddings as JSON, for another machine or the web app')
    .argument('<file>', '.json; - for standard output')
    .addOption(galleryOption())
    .addOption(overwriteOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery export people.json')
    .action((file, options) =>
      run(async () => (await import('./commands/gallery-exchange.js')).galleryExport(file, options)),
    );
  gallery
    .command('import')
    .description('add the people of an exported file; who has the same name is the same person')
    .argument('<file>', 'what "gallery export" or the web app wrote; - for standard input')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery import people.json')
    .action((file, options) =>
      run(async () => (await import('./commands/gallery-exchange.js')).galleryImport(file, options)),
    );
}
