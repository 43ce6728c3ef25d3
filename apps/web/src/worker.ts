import { serveFaceEngine } from '@fr-stream/browser';

serveFaceEngine();
