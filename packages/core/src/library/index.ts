export { areTogether, togetherInView, type TrackInView } from './in-view.js';
export { forgottenInPhoto, forgottenInVideo } from './forgotten-places.js';
export { MemoryMediaLibrary } from './memory-media-library.js';
export { newIds, REWRITTEN_PICTURE, sameFaces } from './same-picture.js';
export { samePlace } from './same-place.js';
export { isSaid, movedIds, movedRejections, sameTrack, tracksBefore } from './same-track.js';
