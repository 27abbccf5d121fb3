import { Webhook } from 'standardwebhooks';
import { bodyOf, signedHeaders, type Happening } from '../../src/passback/webhook-message.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const happening: Happening = {
  type: 'connection.broken',
  timestamp: '2026-03-02T10:00:00.000Z',
  data: { tenantId: 'Zürich–Süd', domainId: 'd', code: 'CONN_TLS', since: '2026-03-02T09:00:00.000Z' },
};
const body = bodyOf(happening);

test('what is signed is what the reference library reads, in any alphabet', () => {
  const headers = signedHeaders([secret], { id: 'e1', body }, new Date());
  expect(new Webhook(secret).verify(body, headers)).toEqual(happening);
  expect(() => new Webhook(other).verify(body, headers)).toThrow();
  expect(() => new Webhook(secret).verify(body.replace('CONN_TLS', 'CONN_DNS'), headers)).toThrow();
  expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'e2' })).toThrow();
});

test('the signature is the one that the reference library would make', () => {
  const now = new Date('2026-03-02T10:00:00.700Z');
  expect(signedHeaders([secret], { id: 'e1', body }, now)).toEqual({
    'webhook-id': 'e1',
    'webhook-timestamp': '1772445600',
    'webhook-signature': new Webhook(secret).sign('e1', now, body),
  });
});

test('two secrets sign side by side, and either is enough', () => {
  const headers = signedHeaders([secret, other], { id: 'e1', body }, new Date());
  for (const each of [secret, other]) expect(new Webhook(each).verify(body, headers)).toEqual(happening);
});
