export { reduce } from './reduce';
export { toTensor } from './tensor';
export { warp } from './warp';
