export { defineFaceTagger, FaceTaggerElement } from './face-tagger.js';
