import { countAtOrAbove } from './verification.js';

/** What the gallery answered to one probe. */
export interface ProbeResult {
  /** Who it is; undefined for people who are not enrolled. */
  readonly person: string | undefined;
  /** The people found, best first; empty when no face was found in the probe. */
  readonly candidates: readonly { readonly person: string; readonly score: number }[];
}

/** Share of probes of enrolled people whose person is among the best `rank`, 0..1. A probe without a face misses. */
export function rankAccuracy(probes: readonly ProbeResult[], rank: number): number {
  const mated = probes.filter(({ person }) => person !== undefined);
  const hits = mated.filter(({ person, candidates }) =>
    candidates.slice(0, rank).some((candidate) => candidate.person === person),
  );
  return hits.length / mated.length;
}

export interface OpenSetPoint {
  /** The false-alarm rate that was asked for. */
  readonly asked: number;
  readonly threshold: number;
  /** Share of strangers who were given a name (FPIR). */
  readonly falseAlarmRate: number;
  /** Detection and identification rate: probes of enrolled people at rank 1 and at or above the threshold. */
  readonly identificationRate: number;
  /** False when there are fewer strangers than 1 / asked. */
  readonly resolved: boolean;
}

/**
 * Open-set identification (Grother & Ngan, NIST FRVT 1:N; Phillips, Grother, Micheals, "Evaluation methods in face
 * recognition", 2011): detection-and-identification rate at a false-alarm rate.
 */
export function openSet(probes: readonly ProbeResult[], asked: number): OpenSetPoint {
  const strangers = Float64Array.from(
    probes.filter(({ person }) => person === undefined),
    ({ candidates }) => candidates[0]?.score ?? -Infinity,
  ).sort();
  const mated = probes.filter(({ person }) => person !== undefined);
  const hits = Float64Array.from(
    mated.filter(({ person, candidates }) => candidates[0]?.person === person),
    ({ candidates }) => candidates[0].score,
  ).sort();
  const allowed = Math.floor(asked * strangers.length + 1e-9);
  const refused = strangers[strangers.length - 1 - allowed] ?? -Infinity;
  const next = Math.min(
    hits.find((score) => score > refused) ?? Infinity,
    strangers.find((score) => score > refused) ?? Infinity,
  );
  const threshold = Number.isFinite(refused)
    ? Number.isFinite(next)
      ? (refused + next) / 2
      : refused + 1e-6
    : -1;
  return {
    asked,
    threshold,
    falseAlarmRate: countAtOrAbove(strangers, threshold) / strangers.length,
    identificationRate: countAtOrAbove(hits, threshold) / mated.length,
    resolved: strangers.length * asked >= 1,
  };
}
