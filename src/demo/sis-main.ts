/** Runs the demo SIS alone. Tells a parent process where it listens by one JSON line on stdout. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Rules } from './sis/rules.ts';
import { sampleDistrict } from './sis/sample-district.ts';
import { districtSeed } from './sis/seed.ts';
import { startDemoSis } from './sis/sis.ts';

const USAGE = `Usage: npm run demo-sis -- [options]
  --port N             0 (default): any free port
  --host ADDRESS       127.0.0.1 by default
  --state FILE         keep the gradebook across restarts
  --seed FILE          district to hold, as JSON; without it a small sample district
  --client-id ID       demo-client by default
  --client-secret S    demo-secret by default
  --access-token T     a fixed token that is accepted as well
  --token-life N       seconds that a token lasts, 3600 by default
  --latency N          milliseconds that every answer waits
  --oneroster-version V  1.2 by default; 1.1 has one root, fewer fields and other errors
  --base-path PATH     root of the gradebook service
  --token-path PATH    token endpoint
  --rules JSON         what this SIS does otherwise, e.g. '{"titleLimit":30,"exemptAsZero":true}'
  --control            serve the control under /control
  --exit-with-stdin    stop when stdin ends, so that no demo SIS outlives its parent
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    state: { type: 'string' },
    seed: { type: 'string' },
    'client-id': { type: 'string', default: 'demo-client' },
    'client-secret': { type: 'string', default: 'demo-secret' },
    'access-token': { type: 'string' },
    'token-life': { type: 'string', default: '3600' },
    latency: { type: 'string', default: '0' },
    'oneroster-version': { type: 'string', default: '1.2' },
    'base-path': { type: 'string' },
    'token-path': { type: 'string' },
    rules: { type: 'string', default: '{}' },
    control: { type: 'boolean', default: false },
    'exit-with-stdin': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const token = values['access-token'];
const sis = await startDemoSis({
  port: Number(values.port),
  host: values.host,
  stateFile: values.state,
  clients: [{ id: values['client-id'], secret: values['client-secret'] }],
  accessTokens: token === undefined ? [] : [token],
  tokenLifeSeconds: Number(values['token-life']),
  latencyMs: Number(values.latency),
  oneRosterVersion: values['oneroster-version'] === '1.1' ? '1.1' : '1.2',
  basePath: values['base-path'],
  tokenPath: values['token-path'],
  controlApi: values.control,
});
sis.control.setRules(JSON.parse(values.rules) as Partial<Rules>);
if (values.seed !== undefined) {
  sis.control.seed(districtSeed.parse(JSON.parse(readFileSync(values.seed, 'utf8'))));
} else if (sis.control.contents().classes.length === 0) {
  sis.control.seed(sampleDistrict(new Date()));
}

const { url, gradebookUrl, rosteringUrl, tokenUrl } = sis;
process.stdout.write(`${JSON.stringify({ ready: true, url, gradebookUrl, rosteringUrl, tokenUrl })}\n`);
process.stderr.write(`Demo SIS
  gradebook page    ${url}/
  OneRoster root    ${gradebookUrl}
  token endpoint    ${tokenUrl}
  client            ${values['client-id']}
  classes           ${sis.control
    .contents()
    .classes.map((c) => c.sourcedId)
    .join(', ')}
`);

async function stop(): Promise<void> {
  await sis.stop();
  process.exit(0);
}
// Not `once`: Ctrl-C comes twice, from the terminal and from npm, which hands it on.
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
if (values['exit-with-stdin']) process.stdin.resume().once('end', () => void stop());
