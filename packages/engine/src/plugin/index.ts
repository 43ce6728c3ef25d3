export * from './plugin.js';
export { Plugins } from './plugins.js';
