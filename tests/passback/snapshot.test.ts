import { heldBefore, type Known } from '../../src/passback/snapshot.ts';

const link = '["item","student"]';
const known: Known = {
  ackedVersion: 3,
  acked: { score: 7 },
  ackedAt: new Date('2026-11-20T10:00:00Z'),
  linkedTo: link,
  seen: null,
  seenAt: null,
};
const read = (seen: Known['seen'], at: string): Known => ({ ...known, seen, seenAt: new Date(at) });
const later = '2026-11-20T11:00:00Z';
const earlier = '2026-11-20T09:00:00Z';

test.each<[string, Known, string | null, unknown]>([
  ['what it acknowledged', known, link, { score: 7 }],
  ['what was read since', read({ score: 9 }, later), link, { score: 9 }],
  ['nothing, if it was seen to be gone since', read({}, later), link, null],
  ['what it acknowledged after it was read', read({ score: 9 }, earlier), link, { score: 7 }],
  ['nothing where nothing was ever acknowledged', { ...known, ackedVersion: 0, acked: null }, link, null],
  [
    'what was read where nothing was ever acknowledged',
    { ...read({ score: 9 }, earlier), ackedVersion: 0, acked: null, ackedAt: null, linkedTo: null },
    link,
    { score: 9 },
  ],
  ['nothing of another student', read({ score: 9 }, later), '["item","another"]', null],
  [
    'what was read of the one that it is sent to now',
    { ...read({ score: 9 }, earlier), seenOf: '["item","another"]' },
    '["item","another"]',
    { score: 9 },
  ],
  [
    'what it acknowledged, whatever was read of another one',
    { ...read({ score: 9 }, later), seenOf: '["item","another"]' },
    link,
    { score: 7 },
  ],
  ['nothing that it was told to delete', { ...known, acked: { gone: true } }, link, null],
  ['what it acknowledged, before links were written down', { ...known, linkedTo: null }, link, { score: 7 }],
  ['what it acknowledged, whoever it is sent to', known, null, { score: 7 }],
])('the SIS held %s', (_name, of, linkedTo, held) => {
  expect(heldBefore(of, linkedTo)).toEqual(held);
});
