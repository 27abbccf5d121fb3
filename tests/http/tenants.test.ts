import { bodies, edge } from './edge.ts';

const whole = (tenantId: string) => ({ tenantId, domainId: null, classKeys: null });

test('a root key is understood by the tenant that it names', async () => {
  const { as, asked } = edge();
  await as('root-key').get('/v1/classes/both?tenant=d');
  expect(asked()[0]).toEqual({ name: 'classes.get', args: [whole('tenant-1'), 'both'] });
  expect((await as('root-key').get('/v1/classes/c?tenant=elsewhere')).body).toMatchObject({ status: 404 });
});

test('without it, an id means the one tenant that has it; none is 404, several 409', async () => {
  const { as, asked } = edge();
  await as('root-key').get('/v1/classes/c');
  expect(asked()[0]!.args[0]).toEqual(whole('tenant-1'));
  expect((await as('root-key').get('/v1/classes/nowhere')).body).toMatchObject({
    status: 404,
    code: 'NOT_FOUND',
  });
  expect((await as('root-key').get('/v1/classes/both')).body).toMatchObject({
    status: 409,
    code: 'AMBIGUOUS_TENANT',
  });
  expect((await as('root-key').get('/v1/syncs?classId=c&domainId=both')).status).toBe(200);
});

test('lists of classes and syncs need a tenant or an id that tells it; the list of domains does not', async () => {
  const { as, asked } = edge();
  expect((await as('root-key').get('/v1/classes')).body).toMatchObject({
    status: 400,
    errors: [{ pointer: '?tenant' }],
  });
  expect((await as('root-key').get('/v1/syncs')).status).toBe(400);
  await as('root-key').get('/v1/domains');
  expect(asked()).toEqual([{ name: 'domains.list', args: [null, { cursor: null, limit: 100 }] }]);
});

test('a root key makes a tenant by a domain without parent, and a sub-domain where the parent is', async () => {
  const { as, asked } = edge();
  await as('root-key').put('/v1/domains/new', { name: 'N' });
  await as('root-key').put('/v1/domains/new', { name: 'N', parentId: 'd' });
  await as('root-key').put('/v1/domains/new?tenant=d', { name: 'N' });
  const put = asked().filter((c) => c.name === 'domains.put');
  expect(put.map((c) => c.args[0])).toEqual([null, whole('tenant-1'), whole('tenant-1')]);
  expect((await as('root-key').put('/v1/domains/new', { name: 'N', parentId: 'nowhere' })).status).toBe(404);
});

test('a new class or token belongs to the tenant of its domain', async () => {
  const { as, calls } = edge();
  await as('root-key').put('/v1/classes/new', { domainId: 'd', title: 'A' });
  await as('root-key').post('/v1/tokens', bodies['createToken']);
  expect(calls.filter((c) => c.name === 'access.tenantsHolding').map((c) => c.args)).toEqual([
    ['domain', 'd'],
    ['domain', 'd'],
  ]);
});

test('nobody else may name a tenant, whether it exists or not', async () => {
  const { as, asked, calls } = edge();
  for (const tenant of ['d', 'elsewhere'])
    expect((await as('admin-key').get(`/v1/classes/c?tenant=${tenant}`)).body).toMatchObject({ status: 403 });
  expect(asked()).toEqual([]);
  expect(calls.some((c) => c.name.startsWith('access.tenant'))).toBe(false);
});

test('takes a root key back wherever it is', async () => {
  const { as, asked } = edge();
  expect((await as('root-key').delete('/v1/keys/k')).status).toBe(204);
  expect(asked()[0]!.args.slice(0, 3)).toEqual([null, null, 'k']);
});
