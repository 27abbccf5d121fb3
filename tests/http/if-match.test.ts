/** Edits of what has no revision of its own: its content names it. */
import { Refusal } from '../../src/passback/refusal.ts';
import { edge } from './edge.ts';

const edits = [
  ['/v1/classes/c/categoryMapping', 'classes', 'mapping', 'putMapping', 'teacher-token'],
  ['/v1/classes/c/syncSettings', 'classes', 'syncSettings', 'putSyncSettings', 'teacher-token'],
  ['/v1/classes/c/lineItems/l/overrides', 'gradebook', 'overrides', 'putOverrides', 'teacher-token'],
  ['/v1/domains/d/categoryMapping', 'domains', 'mapping', 'putMapping', 'admin-key'],
] as const;

test.each(edits)(
  '%s is answered with an ETag, by which the next edit names it',
  async (path, noun, get, put, who) => {
    const { as, answers, asked } = edge();
    const read = await as(who).get(path);
    expect(read.headers['etag']).toMatch(/^"[\w-]{22}"$/);
    // what is put back as it was read is the same
    answers[`${noun}.${put}`] = read.body;
    const written = await as(who).put(path, read.body).set('If-Match', read.headers['etag']!);
    expect([written.status, written.headers['etag']]).toEqual([200, read.headers['etag']]);
    const tags = () =>
      asked()
        .filter(({ name }) => name === `${noun}.${put}`)
        .map(({ args }) => args.at(-1));
    for (const header of ['W/"abc"', '*']) await as(who).put(path, {}).set('If-Match', header);
    await as(who).put(path, {});
    // a weak one is nobody's
    expect(tags()).toEqual([read.headers['etag']!.slice(1, -1), '', null, null]);
    expect((await as(who).put(path, {}).set('If-Match', 'abc')).body).toMatchObject({ code: 'VALIDATION' });
    answers[`${noun}.${get}`] = { ...read.body };
    answers[`${noun}.${put}`] = () => {
      throw new Refusal('STALE', 'Changed.');
    };
    const stale = await as(who).put(path, {}).set('If-Match', '"abc"');
    expect(stale.body).toMatchObject({ status: 412, code: 'STALE' });
    expect(stale.headers['etag']).toBeUndefined();
  },
);
