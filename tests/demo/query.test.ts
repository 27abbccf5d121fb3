import { lineItemBody, startTestSis, type TestSis } from '../support/sis.ts';

let sis: TestSis;
beforeAll(async () => {
  sis = await startTestSis();
  for (let i = 1; i <= 7; i++) {
    const changed = { title: `Quiz ${i}`, resultValueMax: i * 5, dueDate: `2025-10-2${i}T12:00:00.000Z` };
    await sis.call('PUT', `/lineItems/li-${i}`, lineItemBody(sis, `li-${i}`, changed));
  }
});
afterAll(() => sis.stop());

async function titles(query: string): Promise<string[]> {
  const { body } = await sis.call('GET', `/classes/class-1/lineItems${query}`);
  return (body as { lineItems: { title: string }[] }).lineItems.map((item) =>
    item.title.replace('Quiz ', ''),
  );
}

test('limit and offset page through a collection, and the total is told', async () => {
  expect(await titles('?limit=3')).toEqual(['1', '2', '3']);
  expect(await titles('?limit=3&offset=6')).toEqual(['7']);
  expect(await titles('?limit=3&offset=9')).toEqual([]);
  const { headers } = await sis.call('GET', '/lineItems?limit=2');
  expect(headers.get('x-total-count')).toBe('7');
});

test('the SIS may cap pages below the limit asked for, and keep the total to itself', async () => {
  sis.control.setRules({ pageCap: 2, totalCount: false });
  expect(await titles('?limit=5')).toEqual(['1', '2']);
  expect((await sis.call('GET', '/lineItems')).headers.has('x-total-count')).toBe(false);
  sis.control.setRules({ pageCap: null, totalCount: true });
});

test.each([
  ["title='Quiz 3'", ['3']],
  ["title!='Quiz 3' AND resultValueMax<='15'", ['1', '2']],
  ["dueDate>'2025-10-25T12:00:00.000Z'", ['6', '7']],
  ["resultValueMax>='35' OR title~'quiz 1'", ['1', '7']],
  ["category.sourcedId='category-tests'", []],
])('filter %s', async (filter, expected) => {
  expect(await titles(`?filter=${encodeURIComponent(filter)}`)).toEqual(expected);
});

test('sort and orderBy put numbers in order of size', async () => {
  expect(await titles('?sort=resultValueMax&orderBy=desc&limit=2')).toEqual(['7', '6']);
});

test('fields picks fields, from one list or several', async () => {
  const { body } = await sis.call('GET', '/lineItems/li-1?fields=sourcedId,title');
  expect(body).toEqual({ lineItem: { sourcedId: 'li-1', title: 'Quiz 1' } });
  const several = await sis.call('GET', '/lineItems?limit=1&fields=sourcedId&fields=title');
  expect(several.body).toEqual({ lineItems: [{ sourcedId: 'li-1', title: 'Quiz 1' }] });
});

test.each([
  ['limit=0', 'invalid_selection_field'],
  ['limit=ten', 'invalid_selection_field'],
  ['offset=-1', 'invalid_selection_field'],
  ['fields=points', 'invalid_selection_field'],
  ['sort=points', 'invalid_selection_field'],
  ['sort=title&orderBy=up', 'invalid_selection_field'],
  ['page=2', 'invalid_selection_field'],
  ['filter=title', 'invalid_filter_field'],
  ["filter=points='3'", 'invalid_filter_field'],
])('%s is refused', async (query, code) => {
  const { status, body } = await sis.call('GET', `/lineItems?${query}`);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(code);
});
