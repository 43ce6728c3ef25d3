// A model run over and over by onnxruntime alone, on one thread: what a processor gives to one, or to several, such.
// Told the number of milliseconds it answers with runs and microseconds of processor time.
import { InferenceSession, Tensor } from 'onnxruntime-node';

const session = await InferenceSession.create(process.argv[2], {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const [input] = session.inputMetadata;
const shape = input.shape.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
const length = shape.reduce((a, b) => a * b, 1);
const tensor = new Tensor(
  'float32',
  Float32Array.from({ length }, (_, i) => Math.sin(i)),
  shape,
);
const once = () => session.run({ [input.name]: tensor });
for (let i = 0; i < 5; i++) await once();
process.on('message', async (ms) => {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  let runs = 0;
  while (performance.now() - started < ms) {
    await once();
    runs++;
  }
  const { user, system } = process.cpuUsage(cpu);
  process.send({ runs, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 });
});
process.send('ready');
