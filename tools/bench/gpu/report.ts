import { markdownTable } from 'markdown-table';
import type { ChainFigure } from './chain.js';
import type { Accelerators } from './machine.js';
import type { ModelFigure } from './models.js';

/** All that `gpu/cli.ts` measures. */
export interface GpuReport {
  readonly machine: Accelerators;
  readonly models: ModelFigure[];
  readonly chain: ChainFigure[];
}

const number = (value: number | undefined): string =>
  value === undefined ? '' : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** The report for people: a paragraph and two tables. */
export function markdownOf({ machine, models, chain }: GpuReport): string {
  const align = (columns: number): string[] => Array.from({ length: columns }, (_, i) => (i < 2 ? 'l' : 'r'));
  const modelRows = models.map((row) =>
    row.error === undefined
      ? [
          row.model,
          row.provider,
          String(row.batch),
          number(row.ms),
          number(row.perSecond),
          number(row.againstCpu),
          row.drift === undefined ? '' : row.drift.toExponential(1),
        ]
      : [row.model, row.provider, String(row.batch), row.error, '', '', ''],
  );
  const chainRows = chain.map((row) =>
    row.error === undefined
      ? [
          row.what,
          row.device,
          String(row.streams),
          number(row.fps),
          number(row.againstCpu),
          number(row.cpuMs),
          number(row.faces),
          row.reason ?? '',
        ]
      : [row.what, row.device, String(row.streams), row.error, '', '', '', ''],
  );
  const modelHead = ['model', 'provider', 'batch', 'ms a run', 'pictures/s', 'against CPU', 'drift'];
  const chainHead = [
    'whole chain',
    'device',
    'streams',
    'frames/s',
    'against CPU',
    'CPU ms a frame',
    'faces',
    '',
  ];
  return [
    ...machine.lines,
    '',
    markdownTable([modelHead, ...modelRows], { align: align(7) }),
    '',
    markdownTable([chainHead, ...chainRows], { align: [...align(7), 'l'] }),
    '',
  ].join('\n');
}
