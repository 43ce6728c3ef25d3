export { areTogether, togetherInView, type TrackInView } from './in-view.js';
export { MemoryMediaLibrary } from './memory-media-library.js';
export { samePlace } from './same-place.js';
export { isSaid, movedIds, movedRejections, sameTrack, tracksBefore } from './same-track.js';
