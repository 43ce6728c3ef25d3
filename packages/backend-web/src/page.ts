/** What a page needs around an engine that runs elsewhere: no model, no runtime comes along. */
export { CanvasOverlay, type CanvasOverlayOptions, type OverlayFrame } from './sinks/canvas-overlay.js';
export {
  FaceEvents,
  type FaceEventMap,
  type FaceEventsOptions,
  type PresenceEvent,
} from './sinks/face-events.js';
export { colourOf, labelOf, shownBox, whoOf } from './sinks/face-look.js';
export { FrameLog, type FrameLogOptions } from './sinks/frame-log.js';
export { hideFaces } from './sinks/hide-faces.js';
export { fitWithin } from './sources/fit-within.js';
export { canvasOf } from './pictures/canvas.js';
export { toImageData } from './pictures/image-data.js';
export { frameOf, FrameReader, turnOf } from './pictures/frame-reader.js';
