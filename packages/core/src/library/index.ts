export { MemoryMediaLibrary } from './memory-media-library.js';
export { samePlace } from './same-place.js';
export { sameTrack } from './same-track.js';
