export {
  ffmpegCommand,
  findFfmpeg,
  type Ffmpeg,
  type FfmpegOrigin,
  type FindFfmpegOptions,
} from './ffmpeg/resolve.js';
export { hdrKind, notKept } from './video/dynamic-range.js';
export { probeVideo, type ProbeOptions, type VideoInfo } from './ffmpeg/probe.js';
export { videoFrames, type VideoFrameSource, type VideoFramesOptions } from './video-frames.js';
export type { ReconnectOptions } from './video/reconnect.js';
export * from './annotate/annotators.js';
export { faceColor, readableOn } from './annotate/palette.js';
export { fillDisc, fillMask, fillRect, strokeRect, toYuv } from './annotate/paint.js';
export type { Mask, MutableImage, Rgb } from './annotate/paint.js';
export { drawPlate, drawText, measureText, plateSize } from './annotate/text.js';
export { annotatedVideo, type AnnotatedVideoOptions } from './sinks/annotated-video.js';
export { segmentedVideo, type SegmentedVideoOptions } from './sinks/segmented-video.js';
export type { EncodeOptions } from './sinks/encode.js';
export { collect, type CollectingSink } from './sinks/collect.js';
export { consoleLines, timecode, type ConsoleOptions } from './sinks/console.js';
export { csv, type AttributeColumn, type CsvOptions } from './sinks/csv.js';
export { CSV_COLUMNS } from './sinks/csv-columns.js';
export { FACES_SCHEMA, toFrameEvent } from '@fr-stream/core';
export type { FaceEvent, FrameEvent, FrameEventOptions, IdentityEvent } from '@fr-stream/core';
export { jsonl, type JsonlOptions } from './sinks/jsonl.js';
export { REVISION_SCHEMA, type RevisionEvent } from './sinks/revisions.js';
export type { Redraw } from './sinks/redraw.js';
export type { OpenableSink } from './sinks/openable.js';
export * from './output/index.js';
export { bestShots, type BestShotsOptions } from './sinks/tracks/best-shots.js';
export { mot } from './sinks/tracks/mot.js';
export { cuesOf, formatCues, subtitles } from './sinks/tracks/subtitles.js';
export type { Cue, SubtitleFormat, SubtitlesOptions } from './sinks/tracks/subtitles.js';
export { timeline, TIMELINE_SCHEMA, type Timeline } from './sinks/tracks/timeline.js';
export { trackEvents, TRACKS_SCHEMA } from './sinks/tracks/track-events.js';
export type { TrackEvent, TrackEventsOptions } from './sinks/tracks/track-events.js';
export { mergeIntervals, refined, TrackLog, whoIs } from './sinks/tracks/track-log.js';
export type {
  PersonTimeline,
  TimeInterval,
  TrackLogOptions,
  TrackSummary,
} from './sinks/tracks/track-log.js';
export { MOST_PHOTO_ERRORS, photoSet } from './photo-set.js';
export type { PhotoSetOptions, PhotoSource } from './photo-set.js';
export * from './photos/archive.js';
export type { UnpackLimits } from './photos/unpack-budget.js';
export * from './photos/annotated-copy.js';
export { copyNames } from './photos/copy-names.js';
export { mapAhead } from './photos/map-ahead.js';
export { scaleDetection } from './photos/scale-detection.js';
export { describePassedOver, kindOfFile, type PassedOver } from './photos/passed-over.js';
export { awayFile, knownPath, knownPaths, type AwayFile } from './photos/away.js';
export { hasMoved, settleDrives, type DrivenLibrary } from './photos/settle-drives.js';
export { walkFolder } from './photos/walk-folder.js';
export { cutClip } from './video/cut-clip.js';
export {
  knownMounts,
  missingFiles,
  mountsOfOthers,
  noteMounts,
  whereabouts,
  type MissingFile,
  type Mount,
  type Whereabouts,
} from './photos/whereabouts.js';
export * from './photos/photo-list.js';
export * from './photos/photo-names.js';
export * from './photos/scan.js';
export * from './photos/search-photo.js';
export { htmlReport } from './photos/html/html-report.js';
export type { HtmlReportOptions, HtmlReportSet, ReportPerson } from './photos/html/html-report.js';
export * from './photos/markdown-report.js';
export * from './photos/nearest.js';
export {
  listSegments,
  recordSegments,
  removeOldSegments,
  type Segment,
  type SegmentsOptions,
} from './video/segments.js';
export { SELF_CONTAINED_FORMATS } from './video/input-safety.js';
export { SEALED, type SegmentSeal } from './video/sealed-segments.js';
