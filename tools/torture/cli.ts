import { resolve } from 'node:path';
import { Command, Option } from '@commander-js/extra-typings';
import { damageCampaign } from './damage/campaign.js';
import { killCampaign } from './kill/campaign.js';
import { makeMaterial } from './kill/scenarios.js';
import { canTrace } from './kill/write-points.js';
import { diskCampaign } from './disk.js';
import { argv, isolate, isolated } from './isolate.js';
import { soakCampaign } from './soak.js';
import { togetherCampaign } from './together.js';
import { makeWorkFolder } from './work-folder.js';

/** Ends with status 1 when anything was found. */
function report(figures: { readonly faults: readonly unknown[] }, json: boolean): void {
  process.stdout.write(`${JSON.stringify(figures, undefined, json ? undefined : 2)}\n`);
  if (figures.faults.length > 0) process.exitCode = 1;
}

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const sharedMaterial = () =>
  new Option('--material <dir>', 'take the inputs from there, as "material" made them');

await new Command('torture')
  .description('what becomes of users\u2019 files when inputs are damaged, runs are killed, disks are full')
  .addCommand(
    new Command('damage')
      .description('damaged files through every parser')
      .option('--count <n>', 'how many', Number, 10_000)
      .option('--seed <n>', 'the same damage again', Number, 1)
      .option('--keep <dir>', 'keep files that show a fault')
      .option('--json', 'figures on one line')
      .action(async ({ count, seed, keep, json }) => {
        if (!isolated && (await isolate('network'))) return;
        report(await damageCampaign({ count, seed, keep, isolated, progress }), json === true);
      }),
  )
  .addCommand(
    new Command('kill')
      .description('kill -9 with the n-th write of each command; Linux with strace')
      .option('--count <n>', 'kills', Number, 200)
      .option('--seed <n>', 'the same choice of points again', Number, 1)
      .option('--only <commands...>', 'of these commands alone')
      .addOption(sharedMaterial())
      .option('--json', 'figures on one line')
      .action(async ({ count, seed, only, material, json }) => {
        if (!(await canTrace())) throw new Error('strace is missing, or processes cannot be traced here');
        report(
          await killCampaign({ count, seed, ...(only !== undefined && { only }), material, progress }),
          json === true,
        );
      }),
  )
  .addCommand(
    new Command('together')
      .description('two and four processes on one gallery and on one output that do not exist yet')
      .option('--rounds <n>', 'how often each', Number, 10)
      .option('--processes <n...>', 'how many at once; default 2 and 4')
      .addOption(sharedMaterial())
      .option('--json', 'figures on one line')
      .action(async ({ rounds, processes, material, json }) => {
        report(
          await togetherCampaign({
            rounds,
            ...(processes && { processes: processes.map(Number) }),
            material,
            progress,
          }),
          json === true,
        );
      }),
  )
  .addCommand(
    new Command('disk')
      .description(
        'a full disk, a read-only one, a user without rights; as root, or where users may have namespaces',
      )
      .addOption(sharedMaterial())
      .option('--json', 'figures on one line')
      .action(async ({ material, json }) => {
        if (!isolated && (await isolate('mounts'))) return;
        report(await diskCampaign({ mounts: isolated, material, progress }), json === true);
      }),
  )
  .addCommand(
    new Command('soak')
      .description('a live source without an end: memory, handles, threads and latency')
      .option('--minutes <n>', 'for so long', Number, 60)
      .addOption(sharedMaterial())
      .option('--json', 'figures on one line')
      .action(async ({ minutes, material, json }) => {
        report(await soakCampaign({ minutes, material, progress }), json === true);
      }),
  )
  .addCommand(
    new Command('material')
      .description('makes the inputs that several campaigns can share')
      .argument('<dir>', 'an empty folder')
      .option('--json', 'figures on one line')
      .action(async (dir) => {
        await using work = await makeWorkFolder('material');
        await makeMaterial(work, resolve(dir));
        report({ faults: [] }, true);
      }),
  )
  .parseAsync(argv);
