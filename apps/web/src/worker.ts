import { serveFaceEngine } from '@fr-stream/backend-web';

serveFaceEngine();
