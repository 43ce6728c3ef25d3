export { openS3, parseS3Url, type S3Client, type S3Object, type S3Options } from './files/s3.js';
export { Shares, type FileRef } from './files/shares.js';
export { WorkerMetrics } from './observe/metrics.js';
export { searchElsewhere, type Elsewhere, type ElsewhereOptions } from './photos/search-elsewhere.js';
export type { PhotoResult, PhotoTask } from './photos/photo-task.js';
export { parseQueueUrl, type QueueAddress } from './queue/address.js';
export {
  openQueue,
  TaskFailedError,
  type JobQueue,
  type RunningTask,
  type SubmitOptions,
  type ReceivedTask,
  type TaskWorker,
  type WorkOptions,
} from './queue/job-queue.js';
export type { FailedTask, QueueState } from '@fr-stream/core';
export { readTask } from './queue/read-task.js';
export { taskId, type Task } from './queue/task.js';
export {
  packChunk,
  unpackChunk,
  type Chunk,
  type ChunkFace,
  type ChunkFrame,
  type ChunkProblem,
  type ChunkResult,
  type ChunkTask,
  type ChunkVideoOptions,
} from './videos/chunk-task.js';
export { ChunkJoiner, type JoinedFrame, type JoinRule } from './videos/join-chunks.js';
export { DEFAULT_PLAN, planChunks, type ChunkPlan, type ChunkRange } from './videos/plan-chunks.js';
export { PixelFreeSource, replayFaces } from './videos/replay.js';
export { hashFile, searchVideo, type SearchedVideo, type SearchVideoOptions } from './videos/search-video.js';
export { Worker, type WorkerOptions } from './worker/worker.js';
export type { CreateEngine, RemoteEngineOptions, WorkerEngine } from './worker/worker-engine.js';
