/** A title that the SIS has in the class already, in a lineItem that is none of ours. */
import { buildLineItem } from '../../../src/gradebook/line-item.ts';
import { aClass, aLineItem } from '../facts.ts';

const strangers = [{ sourcedId: 'theirs', title: ' essay 1' }];
const built = (li: Parameters<typeof aLineItem>[0], cls = {}) =>
  buildLineItem(aClass({ sisLineItems: strangers, ...cls }), aLineItem({ title: 'Essay 1', ...li }));

test('keeps a new one here, and names the one that is there', () => {
  expect(built({})).toMatchObject({
    action: 'blocked',
    reason: { code: 'TITLE_DUPLICATE', params: { sis: 'theirs' } },
  });
});

test('says nothing of one that the SIS has, that is linked, or that is called otherwise', () => {
  expect(built({ sourcedId: 'theirs', linkedTo: 'sis-class' })).toMatchObject({ action: 'body' });
  expect(built({ sourcedId: 'ours', ackedVersion: 1, linkedTo: 'sis-class' })).toMatchObject({
    action: 'body',
  });
  expect(built({ title: 'Essay 2' })).toMatchObject({ action: 'body' });
  expect(built({}, { sisLineItems: null })).toMatchObject({ action: 'body' });
  // linked in another class of the SIS
  expect(built({ sourcedId: 'theirs', linkedTo: 'former-class' })).toMatchObject({ action: 'blocked' });
});
