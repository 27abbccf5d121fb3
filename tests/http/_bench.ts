import { Agent, request } from 'node:http';
import { createApp } from '../../src/http/app.ts';
import { startServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { fakeStore } from './fake-store.ts';
import { createWriteStream } from 'node:fs';
import express from 'express';
const f = fakeStore();
const p = f.credentials.get('lms-key')!; f.answers['access.authenticate'] = () => { f.calls.length = 0; return p; };
const full = createApp({ store: f.store, log: createLog({ level: 'info', stream: createWriteStream('/dev/null') }), clock: { now: () => new Date() }, config: { trustedProxies: [], publicUrl: 'http://x' }, pagesDir: '/tmp' });
const bare = express(); bare.put('/v1/classes/:c/lineItems/:l/results/:s', express.json(), (_q, r) => { r.status(202).json({ state: 'queued', version: 2 }); });
for (const [name, app] of [['bare', bare], ['full', full], ['bare', bare], ['full', full]] as const) {
const s = await startServer(app, { port: 0, host: '127.0.0.1' });
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const one = (i: number) => new Promise<void>((ok, no) => { const r = request({ port: s.port, host: '127.0.0.1', agent, method: 'PUT', path: `/v1/classes/c/lineItems/l/results/s${i}`, headers: { authorization: 'Bearer lms-key', 'content-type': 'application/json' } }, (res) => { res.resume(); res.on('end', ok); }); r.on('error', no); r.end('{"score":5}'); });
const n = 10000; const t = performance.now(); const c = process.cpuUsage(); let i = 0; await Promise.all(Array.from({ length: 32 }, async () => { while (i < n) await one(i++); })); const u = process.cpuUsage(c); console.log(name, Math.round(n / ((performance.now() - t) / 1000)), 'req/s', Math.round((u.user + u.system) / n), 'us cpu/req');
}
process.exit(0);
