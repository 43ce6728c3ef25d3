import { loadavg } from 'node:os';
import { Command, Option } from '@commander-js/extra-typings';
import { DEFAULT_PLAN } from '@fr-stream/cluster';
import { noNamespaces } from './machines.js';
import { piecesAgainstOne } from './pieces.js';
import { proof } from './proof.js';
import { measureRecall } from './recall.js';
import { realWork } from './work.js';
import { serversFail, type Failure } from './servers.js';
import { stubWork } from './stub.js';

const program = new Command('scale').description(
  'many workers: that they find what one process finds, and what they cost',
);
program
  .command('proof')
  .description(
    'an archive over four workers in network namespaces, some killed and one cut off, against one process',
  )
  .requiredOption('--folder <dir>', 'where it is made; an empty one')
  .option('--photos <n>', 'how many photos', Number, 2000)
  .option('--videos <n>', 'how many short videos', Number, 9)
  .option('--kills <n>', 'how many workers are killed', Number, 8)
  .option('--no-long', 'without the long video')
  .addOption(
    new Option('--queue <kind>', 'what the queue lies in')
      .choices(['redis', 'postgres'] as const)
      .default('redis' as const),
  )
  .action(async (options) => {
    const missing = await noNamespaces();
    if (missing !== undefined) throw new Error(missing);
    const { differences } = await proof({
      ...options,
      tell: (line) => void process.stdout.write(`${line}\n`),
    });
    for (const difference of differences) process.stdout.write(`DIFFERENT: ${difference}\n`);
    process.exitCode = differences.length === 0 ? 0 : 1;
  });
program
  .command('servers')
  .description(
    'two servers in network namespaces share three cameras; one is killed, stopped or cut off, and the other takes over',
  )
  .requiredOption('--folder <dir>', 'where it is made; an empty one')
  .option('--rounds <n>', 'of each failure', Number, 10)
  .addOption(
    new Option('--failures <what...>', 'in this order')
      .choices(['kill', 'stop', 'cut'] as const)
      .default(['kill', 'stop', 'cut'] as const),
  )
  .action(async ({ failures, ...options }) => {
    const missing = await noNamespaces();
    if (missing !== undefined) throw new Error(missing);
    const tell = (line: string): void => void process.stdout.write(`${line}\n`);
    const runs = serversFail({ ...options, failures: failures as readonly Failure[] });
    for (;;) {
      const { done, value } = await runs.next();
      if (done === true) {
        const { events, hookDoubles, mqttDoubles, faults } = value;
        tell(`${events} events; told twice: ${hookDoubles} by webhook, ${mqttDoubles} by MQTT`);
        for (const fault of faults) tell(`FAULT: ${fault}`);
        process.exitCode = faults.length === 0 ? 0 : 1;
        return;
      }
      const { failure, leased, pictures, lost } = value;
      const load = (loadavg()[0] ?? 0).toFixed(0);
      tell(
        `${failure}: leases after ${leased.toFixed(1)} s, pictures after ${pictures.toFixed(1)} s; load ${load}`,
      );
      for (const one of lost) tell(`  lost meanwhile: ${one}`);
    }
  });
program
  .command('stub')
  .description('what the queue costs: workers that only wait, of one process, on a Redis server of its own')
  .option('--workers <n...>', 'how many', (text: string, before: readonly number[] = []) => [
    ...before,
    Number(text),
  ])
  .option('--jobs <n>', 'how many, for each number of workers', Number, 100_000)
  .option('--result-bytes <n>', 'of each result', Number, 1000)
  .option('--wait <ms>', 'what a worker waits over each', Number, 0)
  .action(async ({ workers = [1, 10, 100, 1000], jobs, resultBytes, wait }) => {
    process.stdout.write(
      `| workers | jobs | s | jobs/s | Redis, ms of processor a job | programs, ms | faults |\n${'| ---: '.repeat(7)}|\n`,
    );
    for (const count of workers) {
      const one = await stubWork({ workers: count, jobs, resultBytes, waitMs: wait });
      const { seconds, redisMs, programMs, faults } = one;
      const columns = [
        count,
        jobs,
        seconds.toFixed(1),
        (jobs / seconds).toFixed(0),
        redisMs.toFixed(3),
        programMs.toFixed(3),
        faults,
      ];
      // As it comes: a further one may take long.
      process.stdout.write(`| ${columns.join(' | ')} |\n`);
    }
  });
program
  .command('work')
  .description('real photos and a real clip by one worker and by two, one thread each, in turn')
  .requiredOption('--photos <dir>', 'with all below')
  .requiredOption('--clips <file...>', 'videos')
  .option('--most <n>', 'photos', Number, 120)
  .option('--rounds <n>', 'of each', Number, 2)
  .action(async ({ photos, clips, most: mostPhotos, rounds }) => {
    const sums = new Map<string, { seconds: number; cpu: number; longest: number }>();
    const add = (key: string, seconds: number, cpu: number, longest: number): void => {
      const sum = sums.get(key) ?? { seconds: 0, cpu: 0, longest: 0 };
      sums.set(key, { seconds: sum.seconds + seconds, cpu: sum.cpu + cpu, longest: sum.longest + longest });
    };
    for await (const run of realWork({ photos, clips, mostPhotos, rounds })) {
      if ('rate' in run) {
        const { processes, rate, cpuMs } = run;
        process.stdout.write(
          `model alone, ${processes} processes: ${rate.toFixed(2)} runs a second, ${cpuMs.toFixed(1)} ms of processor time each\n`,
        );
        // A run of each takes so long.
        add(`model alone ${processes}`, 1 / rate, cpuMs, cpuMs / processes);
        continue;
      }
      const { kind, workers, tasks, seconds, cpuSeconds, load } = run;
      const each = cpuSeconds.map((value) => value.toFixed(1)).join(' + ');
      process.stdout.write(
        `${kind}, ${workers} workers: ${tasks} tasks in ${seconds.toFixed(1)} s, ${each} s of processor time, load ${load.toFixed(1)}\n`,
      );
      add(
        `${kind} ${workers}`,
        seconds,
        cpuSeconds.reduce((a, b) => a + b, 0),
        Math.max(...cpuSeconds),
      );
    }
    process.stdout.write(
      '\n| | two against one, by the clock | by processor time, the busier of two | processor time, all |\n| --- | ---: | ---: | ---: |\n',
    );
    for (const kind of ['photos', 'video', 'model alone']) {
      const [one, two] = [sums.get(`${kind} 1`), sums.get(`${kind} 2`)];
      if (one === undefined || two === undefined) continue;
      const ratios = [one.seconds / two.seconds, one.cpu / two.longest, two.cpu / one.cpu];
      process.stdout.write(`| ${kind} | ${ratios.map((ratio) => ratio.toFixed(2)).join(' | ')} |\n`);
    }
  });
program
  .command('recall')
  .description(
    'how many of the true five nearest an index in PostgreSQL finds, among people who are like real ones, and what it costs',
  )
  .requiredOption('--photos <dir>', 'of people, a folder for each')
  .option('--faces <n>', 'how many', Number, 100_000)
  .option('--people <n>', 'how many', Number, 5000)
  .option('--kept <file>', 'keeps the embeddings of the photos for the next time')
  .option('--probes <n>', 'how many', Number, 200)
  .option(
    '--server <url>',
    'a PostgreSQL that keeps the index for the next time, instead of one that is gone',
  )
  .addOption(
    new Option(
      '--in <where...>',
      'server: PostgreSQL without pgvector; pgvector: with it (see pgvector.sh); pglite; hnsw: the graph that commands keep beside a gallery',
    )
      .choices(['server', 'pgvector', 'pglite', 'hnsw'] as const)
      .default(['server'] as const),
  )
  .action(async ({ in: where, ...options }) => {
    const tell = (line: string): void => void process.stderr.write(`${line}\n`);
    for await (const row of measureRecall({ ...options, where, tell })) {
      if ('real' in row) {
        const { real, made, faces } = row;
        for (const [what, one] of [[`${faces} real faces`, real] as const, ['made faces', made] as const])
          process.stdout.write(
            `${what}: of one person at a cosine of ${one.same.toFixed(3)}, of two at ${one.others.toFixed(3)} (1 % above ${one.othersMost.toFixed(3)})\n`,
          );
        const head =
          'in | faces | loaded, s | processor, s | disk, MB | graph, MB | memory, MB | first, s | search, ms | 99 %, ms | fresh, ms | recall@5 | of others';
        process.stdout.write(`| ${head} |\n${'| ---: '.repeat(13)}|\n`);
        continue;
      }
      const [mb, whole] = [(bytes: number) => (bytes / 1e6).toFixed(0), (value: number) => value.toFixed(0)];
      const columns = [row.where, row.faces, whole(row.loadSeconds), row.cpuSeconds?.toFixed(0) ?? '-'];
      columns.push(
        mb(row.bytes),
        mb(row.graphBytes),
        mb(row.memory),
        row.firstSeconds.toFixed(1),
        whole(row.searchMs),
        whole(row.slowMs),
      );
      columns.push(whole(row.freshMs), row.recall.toFixed(4), row.recallOthers.toFixed(4));
      process.stdout.write(`| ${columns.join(' | ')} |\n`);
    }
  });
program
  .command('pieces')
  .description('videos cut into pieces against the same in one: IDF1 of their tracks, and of who is who')
  .argument('<clip...>', 'videos')
  .option('--chunk <s...>', 'lengths of pieces, seconds', (text: string, before: readonly number[] = []) => [
    ...before,
    Number(text),
  ])
  .option('--overlap <s>', 'what two pieces both see, seconds', Number, DEFAULT_PLAN.overlapMs / 1000)
  .action(async (clips, { chunk = [4], overlap }) => {
    process.stdout.write(`| clip | s | pieces | boxes | IDF1, tracks | people |\n${'| ---: '.repeat(6)}|\n`);
    const lengths = chunk.map((seconds) => seconds * 1000);
    for await (const row of piecesAgainstOne(clips, lengths, overlap * 1000)) {
      const scores = [row.tracks, row.people].map((value) => (value * 100).toFixed(1));
      const columns = [row.clip, row.chunkMs / 1000, row.pieces, row.boxes, ...scores];
      process.stdout.write(`| ${columns.join(' | ')} |\n`);
    }
  });
await program.parseAsync();
