export * from './frame-event.js';
