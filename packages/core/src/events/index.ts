import '../dispose-polyfill.js';

export {
  FACES_SCHEMA,
  roundTo,
  toFrameEvent,
  toIdentityEvent,
  type AttributeEvent,
  type FaceEvent,
  type CandidateEvent,
  type FrameEvent,
  type FrameEventOptions,
  type FrameReport,
  type IdentityEvent,
} from './frame-event.js';
export { later, timeOf } from './wall-clock.js';
