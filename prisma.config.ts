import { join } from 'node:path';
import { defineConfig } from 'prisma/config';

// Read before the CLI looks for its engine, which it would download. Ours comes from npm.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= join(import.meta.dirname, 'scripts', 'schema-engine.mjs');
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';
process.env.CHECKPOINT_DISABLE ??= '1';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `migrate diff` and `generate` need no server; `migrate deploy` and `status` do.
  datasource: { url: process.env.DATABASE_URL ?? 'postgres://127.0.0.1/passback' },
});
