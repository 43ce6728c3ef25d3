/** A process that nothing keeps alive but the frame that it waits for; see threaded-pipe.test.ts. */
import { spawn } from 'node:child_process';
import { ThreadedPipe } from '../../src/video/threaded-pipe.js';

const opened = await ThreadedPipe.open();
if (opened === undefined) throw new Error('no socket could be made');
const { pipe, childEnd } = opened;
const child = spawn('sleep', ['0.3'], { stdio: ['ignore', childEnd, 'ignore'] });
childEnd.destroy();
child.unref();
console.log('ended after', await pipe.fill(new Uint8Array(new SharedArrayBuffer(8))));
