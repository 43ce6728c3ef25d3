export { PeopleCollector, type CollectOptions } from './collect-people.js';
export { joinPeople, type JoinRule } from './join-people.js';
export { isVideoName, listVideos, type VideoList } from './list-videos.js';
export { PartKeeper, type PartKeeperOptions } from './keep-parts.js';
export { searchVideo, type SearchedVideo, type VideoSearch } from './scan-video.js';
export {
  addVideo,
  contentHash,
  scanVideos,
  type VideoOutcome,
  type VideoScanOptions,
  type VideoScanSummary,
} from './scan-videos.js';
export type { SeenPerson } from './seen-person.js';
export { toTracks } from './to-tracks.js';
export { observationsOf, type Observation, type WhereaboutsOf } from './observations.js';
export { union } from './spans.js';
export { where, type Moment, type WhereQuery } from './where.js';
export {
  fromArea,
  matchRegions,
  placeAreas,
  toArea,
  type FaceRegion,
  type PlacedAreas,
  type RegionArea,
} from './regions.js';
