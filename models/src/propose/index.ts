export { probeGraph, type GraphProbe, type ProbedOutput } from './probe.js';
export { proposeCard, type FileFacts, type Preprocessing, type Proposal } from './propose.js';
export { signatureOf, type Signature } from './signature.js';
export * from './user-supplied.js';
