/** The files that operators deploy by: nothing here starts a cluster, but every name in them must be one of ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { environmentNames, readConfig } from '../src/config.ts';

/** Whatever a YAML file holds. */
type Yaml = ReturnType<typeof JSON.parse>;

const root = join(import.meta.dirname, '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const all = (path: string): Yaml[] =>
  parseAllDocuments(text(path)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
const folder = 'deploy/kubernetes';
const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);
const kustomizations = files.filter((name) => name.endsWith('kustomization.yaml'));
const objects = files
  .filter((name) => !kustomizations.includes(name))
  .flatMap((name) => all(`${folder}/${name}`).map((object): Yaml => ({ ...object, file: name })));
const of = (kind: string): Yaml[] => objects.filter((object) => object.kind === kind);
const deployments = of('Deployment');
const workloads: Yaml[] = [...deployments, ...of('Job')];
const containerOf = (workload: Yaml): Yaml => workload.spec.template.spec.containers[0];
const name = 'oneroster-passback';

test('there are an API, a worker and a migration, and each is one container of the image', () => {
  expect(workloads.map((w) => [w.kind, w.metadata.name])).toEqual([
    ['Deployment', `${name}-api`],
    ['Deployment', `${name}-worker`],
    ['Job', `${name}-migrate`],
  ]);
  for (const workload of workloads) {
    expect(workload.spec.template.spec.containers).toHaveLength(1);
    expect(containerOf(workload).image).toBe(name);
  }
});

test('every file is used by a kustomization, and every one that is named is there', () => {
  const used = kustomizations.flatMap((file) => {
    const at = file.replace('kustomization.yaml', '');
    const { resources = [], components = [] } = parse(text(`${folder}/${file}`));
    return [...resources, ...components].map((to: string) => join(at, to));
  });
  for (const to of used) expect(files).toContain(to.endsWith('.yaml') ? to : join(to, 'kustomization.yaml'));
  const left = files.filter(
    (file) => !file.startsWith('example/') && !kustomizations.includes(file) && !used.includes(file),
  );
  expect(left).toEqual([]);
});

describe('the configuration', () => {
  const base = parse(text(`${folder}/base/kustomization.yaml`)).configMapGenerator;
  const example = parse(text(`${folder}/example/kustomization.yaml`)).configMapGenerator;
  const literals = [...base, ...example].flatMap((map: Yaml) => map.literals as string[]);
  const given = Object.fromEntries(literals.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const secrets = Object.keys(of('Secret')[0].stringData);

  test('names only variables that the service reads', () => {
    const named = workloads.flatMap((w) =>
      containerOf(w).env.map((variable: Yaml) => variable.name as string),
    );
    expect(
      [...named, ...Object.keys(given)].filter((variable) => !environmentNames.includes(variable)),
    ).toEqual([]);
    for (const w of deployments) expect(containerOf(w).envFrom).toEqual([{ configMapRef: { name } }]);
  });

  test.each(workloads.map((w) => [w.metadata.name, w] as const))(
    'is one that %s starts with',
    (_name, workload) => {
      const { env, volumeMounts } = containerOf(workload);
      const [volume] = workload.spec.template.spec.volumes;
      expect(volumeMounts).toEqual([
        { name: volume.name, mountPath: '/run/secrets/passback', readOnly: true },
      ]);
      // the key and the database's password are read by the group that the process is in, and by nobody else
      expect(volume.secret).toEqual({ secretName: name, defaultMode: 0o440 });
      const said: Record<string, string> = workload.kind === 'Job' ? {} : { ...given };
      for (const { name: variable, value } of env) {
        const [, key] = /^\/run\/secrets\/passback\/(.+)$/.exec(value) ?? [];
        if (key === undefined) said[variable] = value;
        else {
          expect([variable, secrets.includes(key)]).toEqual([`${key}_FILE`, true]);
          said[key] = of('Secret')[0]
            .stringData[key].replace('BASE64', Buffer.alloc(32).toString('base64'))
            .replace('HEX', 'f'.repeat(64));
        }
      }
      const config = readConfig(said);
      expect(config.databaseUrl).toMatch(/^postgresql:/);
      if (workload.kind === 'Deployment') expect(`${name}-${config.role}`).toBe(workload.metadata.name);
    },
  );

  test('is the one that the ports go by', () => {
    for (const w of deployments)
      expect(containerOf(w).ports).toEqual([
        { name: 'http', containerPort: readConfig({}).port },
        { name: 'metrics', containerPort: Number(given['METRICS_PORT']) },
      ]);
    expect(of('Service')[0].spec.ports).toMatchObject([{ targetPort: 'http' }]);
    expect(of('PodMonitor')[0].spec.podMetricsEndpoints).toMatchObject([
      { port: 'metrics', path: '/metrics' },
    ]);
  });
});

test('selectors find the pods that they mean', () => {
  const component = 'app.kubernetes.io/component';
  const pods = deployments.map((w) => w.spec.template.metadata.labels[component]);
  expect(pods).toEqual(['api', 'worker']);
  for (const w of deployments) expect(w.spec.selector.matchLabels).toEqual(w.spec.template.metadata.labels);
  for (const budget of of('PodDisruptionBudget'))
    expect(budget.metadata.name).toBe(`${name}-${budget.spec.selector.matchLabels[component]}`);
  expect(of('PodDisruptionBudget')).toHaveLength(2);
  expect(of('Service')[0].spec.selector).toEqual({ [component]: 'api' });
  expect(of('HorizontalPodAutoscaler')[0].spec.scaleTargetRef.name).toBe(`${name}-api`);
  const shared = parse(text(`${folder}/base/kustomization.yaml`)).labels[0];
  expect(shared).toMatchObject({ includeSelectors: true, pairs: { 'app.kubernetes.io/name': name } });
  for (const policy of [...of('NetworkPolicy'), ...of('PodMonitor')])
    expect((policy.spec.podSelector ?? policy.spec.selector).matchLabels).toEqual({
      'app.kubernetes.io/name': name,
    });
});

test('probes ask what answers, and a pod has more time to end than the service takes', () => {
  for (const w of deployments) {
    const { startupProbe, livenessProbe, readinessProbe, lifecycle } = containerOf(w);
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe.httpGet)).toEqual([
      { path: '/livez', port: 'http' },
      { path: '/livez', port: 'http' },
      { path: '/readyz', port: 'http' },
    ]);
    // a migration waits for ten minutes at most
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThanOrEqual(600);
    const rest = Number(lifecycle?.preStop.exec.command[1] ?? 0);
    expect(w.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(20 + rest);
  }
});

test('nothing runs as root, writes into the image, or asks the cluster for anything', () => {
  const [, user, group] = (/^USER (\d+):(\d+)$/m.exec(text('Dockerfile')) ?? []).map(Number);
  expect(user).toBeGreaterThan(0);
  for (const w of workloads) {
    const pod = w.spec.template.spec;
    expect([pod.automountServiceAccountToken, pod.serviceAccountName]).toEqual([false, name]);
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: group,
      fsGroup: group,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containerOf(w).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(containerOf(w).resources).toMatchObject({
      requests: { cpu: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  }
});

describe('the alerts', () => {
  const { groups } = parse(text('deploy/prometheus/alerts.yaml'));
  const rules: Yaml[] = groups.flatMap((group: Yaml) => group.rules);
  const metrics = new Set([...text('docs/metrics.md').matchAll(/`([a-z]\w+)`/g)].map(([, metric]) => metric));

  test('are the same for Prometheus and for its operator', () => {
    expect(of('PrometheusRule')[0].spec).toEqual({ groups });
  });

  test.each(rules.map((rule) => [rule.alert as string, rule] as const))(
    '%s asks for metrics that are there, and says what to do',
    (alert, rule) => {
      const asked = [...rule.expr.matchAll(/\b(?:passback|nodejs|process)_\w+/g)].map(([metric]) =>
        metric.replace(/_(bucket|count|sum)$/, ''),
      );
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((metric: string) => !metrics.has(metric))).toEqual([]);
      // every quantity has the labels that its text shows
      for (const [, label] of rule.annotations.summary.matchAll(/\$labels\.(\w+)/g))
        expect(rule.expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
      expect(rule.expr.split('(').length).toBe(rule.expr.split(')').length);
      expect(rule.labels.severity).toMatch(/^(critical|warning)$/);
      expect(rule.annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(text('docs/operations.md')).toMatch(new RegExp(`^#+ ${alert}$`, 'm'));
    },
  );
});

test('the image runs Node.js with the options that it is measured with', () => {
  const set = (name: string) =>
    new RegExp(`${name} \\?\\?= '([^']+)'`).exec(text('scripts/run.mjs'))?.[1] ?? `no ${name}`;
  expect(set('NODE_OPTIONS')).toMatch(/^--\S/);
  expect(text('Dockerfile')).toContain(`NODE_OPTIONS="${set('NODE_OPTIONS')}"`);
  expect(text('Dockerfile')).toContain(`MALLOC_TRIM_THRESHOLD_=${set('MALLOC_TRIM_THRESHOLD_')} `);
});
