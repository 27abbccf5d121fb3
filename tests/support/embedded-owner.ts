/** A service that owns an embedded database and can be killed: `embedded-owner.ts <dataDir>`; says when it is ready. */
import { startEmbedded } from '../../src/store/embedded.ts';

const [dataDir = ''] = process.argv.slice(2);
const database = await startEmbedded({ dataDir });
process.stdout.write(`${database.connectionString}\n`);
setInterval(() => undefined, 60_000);
