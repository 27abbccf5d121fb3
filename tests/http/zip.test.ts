import { createHash } from 'node:crypto';
import { zipOf } from '../../src/http/zip.ts';

test('the bytes of a zip are these, wherever and by whichever release it is made', async () => {
  const bytes = await zipOf([
    { name: 'manifest.csv', text: 'propertyName,value\r\n' },
    { name: 'results.csv', text: 'sourcedId\r\né\r\n' },
  ]);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(
    '8f1283244b59981fe9ded70a5dc638ac794ad67f53e677ed87071d51294f128f',
  );
});
