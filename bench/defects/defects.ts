/**
 * Defects to plant, one at a time: each would lose, double or betray a grade, and each must turn the suites red that
 * stand beside it. `from` must stand in the file exactly once, so that a defect that can no longer be planted is told.
 */
export interface Defect {
  name: string;
  plant: readonly { file: string; from: string; to: string }[];
  /** the suites that should notice, the surest first */
  tests: readonly string[];
  /** only the tests whose name matches */
  only?: string;
}

const defect = (
  name: string,
  [file, from, to]: readonly [string, string, string],
  tests: readonly string[],
  only?: string,
): Defect => ({ name, plant: [{ file, from, to }], tests, ...(only === undefined ? {} : { only }) });

export const defects: readonly Defect[] = [
  defect(
    'PUT becomes POST',
    [
      'src/sis/request.ts',
      '{ method: asked.method, url, headers, body, signal }',
      "{ method: asked.method === 'PUT' ? 'POST' : asked.method, url, headers, body, signal }",
    ],
    ['tests/service/main-job.test.ts'],
  ),
  defect(
    'read-back is off: nothing that was written is ever looked at',
    [
      'src/store/readings.ts',
      '  if (written.length === 0) return;\n',
      '  if (written.length >= 0) return;\n',
    ],
    ['tests/service/read-back.test.ts'],
    // each of its tests would wait for it
    'a 2xx that was not kept',
  ),
  defect(
    'the dirty counter is a boolean: what is dirty already is not raised, and an acknowledgement wipes it',
    [
      'src/passback/settle.ts',
      'return { dirtyN: now.dirtyN + 1, ackedHash: null };',
      'return { dirtyN: now.dirtyN > now.cleanN ? now.dirtyN : now.dirtyN + 1, ackedHash: null };',
    ],
    ['tests/passback/settle.test.ts', 'tests/model'],
  ),
  defect(
    'redirects are followed, with everything that was sent',
    [
      'src/sis/egress.ts',
      '      const headers = plainHeaders(response.headers);\n',
      "      const headers = plainHeaders(response.headers);\n      const to = headers['location'];\n      if (response.status >= 300 && response.status < 400 && to !== undefined)\n        return exchange({ ...request, url: new URL(to, request.url).href });\n",
    ],
    ['tests/sis/client.test.ts', 'tests/sis/egress.test.ts'],
  ),
  {
    name: 'the SSRF guard sits in the lookup alone, which addresses in numbers skip',
    plant: [
      {
        file: 'src/sis/network-guard.ts',
        from: '      if (isIP(host) && !permits(host, secure)) return refuse(host, callback);\n',
        to: '',
      },
      {
        file: 'src/sis/network-guard.ts',
        from: 'if (reached !== undefined && !permits(reached, secure)) socket.destroy(blocked(host));',
        to: 'if (reached === undefined) socket.destroy(blocked(host));',
      },
    ],
    tests: ['tests/sis/network-guard.test.ts', 'tests/sis/egress.test.ts'],
  },
  defect(
    'a domain is found in any tenant',
    [
      'src/store/scope.ts',
      'WHERE d.tenant_id = $1 AND d.key = $2 AND',
      'WHERE $1::bigint > 0 AND d.key = $2 AND',
    ],
    ['tests/service/tenancy.test.ts'],
    'what belongs to another',
  ),
  defect(
    'a class is found in any tenant',
    [
      'src/store/scope.ts',
      'WHERE c.tenant_id = $1 AND c.key = $2 AND',
      'WHERE $1::bigint > 0 AND c.key = $2 AND',
    ],
    ['tests/service/tenancy.test.ts'],
    'what belongs to another',
  ),
  defect(
    'a key that is bound to a school sees the classes of its neighbours',
    [
      'src/store/scope.ts',
      'WHERE c.tenant_id = $1 AND c.key = $2 AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])',
      'WHERE c.tenant_id = $1 AND c.key = $2 AND ($3::bigint IS NULL OR true)',
    ],
    ['tests/service/tenancy.test.ts'],
    'what belongs to another',
  ),
  defect(
    'an acknowledgement is taken from a worker that has lost the lane',
    [
      'src/store/hold.ts',
      'WHERE connection_id = $1 AND epoch = $2 AND owner = $3`',
      'WHERE connection_id = $1 AND $2::bigint > 0 AND $3::text IS NOT NULL`',
    ],
    ['tests/store/lanes.test.ts', 'tests/model'],
  ),
  defect(
    'an acknowledgement of an older version settles the newest',
    [
      'src/passback/settle.ts',
      '  return { ...now, cleanN: s.n, ',
      '  return { ...now, cleanN: Math.max(s.n, now.dirtyN), ',
    ],
    ['tests/passback/settle.test.ts', 'tests/model'],
  ),
  defect(
    'Retry-After is ignored',
    [
      'src/passback/retry.ts',
      'return retryAfterMs !== undefined && retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_WAIT_MS) : 0;',
      'return retryAfterMs === -1 ? LONGEST_WAIT_MS : 0;',
    ],
    ['tests/passback/retry.test.ts', 'tests/passback/breaker.test.ts'],
  ),
  defect(
    'the access token is logged',
    [
      'src/sis/request.ts',
      "    log?.debug('SIS request', {\n",
      "    log?.debug('SIS request', {\n      with: accessToken,\n",
    ],
    ['tests/service/canary.test.ts'],
    'A29 A30',
  ),
  defect(
    'what an SIS repeats of our secrets is kept',
    [
      'src/sis/answer.ts',
      'body: wire.text === null ? NotJson : parseJson(secrets.strike(wire.text)),',
      'body: wire.text === null ? NotJson : parseJson(wire.text),',
    ],
    ['tests/service/canary.test.ts', 'tests/sis/client.test.ts'],
    'A29 A30|struck out',
  ),
  {
    name: 'a web page in a 200 is taken for a success',
    plant: [
      {
        file: 'src/gradebook/outcome-table.ts',
        from: '    fits: (c) => ok(c) && webPage(c),\n',
        to: '    fits: (c) => c.status === 299 && webPage(c),\n',
      },
      {
        file: 'src/gradebook/outcome-table.ts',
        from: '    fits: (c) => ok(c) && c.body === NotJson,\n',
        to: '    fits: (c) => ok(c) && c.body === NotJson && !c.html,\n',
      },
    ],
    tests: ['tests/gradebook/classify.test.ts', 'tests/sis/replies.test.ts'],
  },
  defect(
    'a gzip body that was cut counts as an empty one',
    ['src/sis/decoded.ts', '    return null;\n  }\n}', "    return '';\n  }\n}"],
    ['tests/sis/egress.test.ts', 'tests/sis/replies.test.ts'],
  ),
  {
    name: 'sourcedIds are rolled anew with each send, so that titles double',
    plant: [
      {
        file: 'src/gradebook/source-ids.ts',
        from: "import { v5 } from 'uuid';",
        to: "import { v4, v5 } from 'uuid';",
      },
      {
        file: 'src/gradebook/source-ids.ts',
        from: 'return v5(JSON.stringify(parts), NAMESPACE);',
        to: 'return v4({ random: undefined }) || v5(JSON.stringify(parts), NAMESPACE);',
      },
    ],
    tests: ['tests/gradebook/source-ids.test.ts', 'tests/service/faults.test.ts'],
  },
  defect(
    'Idempotency-Key is ignored',
    [
      'src/http/dispatch.ts',
      "idempotencyKey: req.get('idempotency-key')",
      "idempotencyKey: req.get('idempotency-key-')",
    ],
    ['tests/service/idempotency.test.ts'],
  ),
  defect(
    'a cancelled sync is sent to its end',
    [
      'src/store/sync-cancel.ts',
      '  await withdraw(sql, id, cls);\n  return sync;',
      '  void cls;\n  return sync;',
    ],
    ['tests/service/cancel.test.ts'],
  ),
  defect(
    'two workers may have one lane at a time',
    ['src/store/lanes.ts', ' AND (lease_until IS NULL OR lease_until < now())', ''],
    ['tests/store/lanes.test.ts'],
  ),
  defect(
    'a broken connection burns the tries of the rows',
    [
      'src/passback/lane-health.ts',
      "      ? { how: 'retry', reason, nextAttemptAt, ambiguous, counts: false }\n      : { how: 'untried', nextAttemptAt };",
      "      ? { how: 'retry', reason, nextAttemptAt, ambiguous, counts: true }\n      : { how: 'retry', reason, nextAttemptAt, ambiguous, counts: true };",
    ],
    ['tests/service/faults.test.ts'],
    'the connection is at fault',
  ),
  defect(
    'a process that was paused writes when it wakes',
    ['src/sis/egress.ts', '        if (!mayLeave()) return giveUp();\n', ''],
    ['tests/sis/egress.test.ts'],
  ),
  defect(
    'what a teacher edited in the SIS is written over',
    ['src/passback/read-back.ts', "if (policy === 'lmsWins') return", "if (policy !== 'keepSis') return"],
    ['tests/passback/read-back.test.ts', 'tests/service/read-back.test.ts'],
  ),
  defect(
    'a value that the SIS alters is repaired for ever',
    ['src/passback/read-back.ts', 'if (now.repairs >= MOST_REPAIRS)', 'if (now.repairs >= 1e9)'],
    ['tests/passback/read-back.test.ts'],
  ),
  defect(
    'a stored secret opens in the place of another',
    [
      'src/store/seal.ts',
      'Buffer.from(JSON.stringify(place), ',
      'Buffer.from(JSON.stringify(place.length), ',
    ],
    ['tests/store/seal.test.ts'],
  ),
  defect(
    'a restored score is held over a newer one',
    ['src/gradebook/restored.ts', 'row.restored && row.version <= row.restored.version', 'row.restored'],
    ['tests/gradebook/restored.test.ts', 'tests/service/restore.test.ts'],
  ),
  defect(
    'what may be there already is posted once more',
    [
      'src/passback/bulk.ts',
      'ackedVersion === 0 && unheard === null',
      'ackedVersion === 0 && unheard !== undefined',
    ],
    ['tests/service/bulk.test.ts'],
  ),
];
