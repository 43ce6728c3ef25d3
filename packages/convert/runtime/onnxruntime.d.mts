/** @throws Error in a thread of a process whose main thread did not switch the telemetry off. */
export function onnxruntime(): typeof import('onnxruntime-node');
