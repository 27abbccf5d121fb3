import fc from 'fast-check';
import type { Settings } from '../../src/pages/answers.ts';
import { clashes, draftOf, onTop, settingsOf, since, type Typed } from '../../src/pages/admin/draft.ts';
import { merged } from '../../src/pages/admin/merge.ts';

/** What somebody typed into the settings as he read them. */
function typed(base: Settings, changes: Partial<Typed['draft']>): Typed {
  return {
    draft: { ...draftOf(base, {}), ...changes },
    touched: new Set(Object.keys(changes) as (keyof typeof changes)[]),
  };
}
/** What is put after `theirs` was read, and what was typed stays on top of it. */
function keptOnTop(base: Settings, mine: Typed, theirs: Settings): Settings {
  return settingsOf(theirs, onTop(mine, base, theirs, {}), mine.touched);
}

test('of lists that two admins change at once, every addition and every removal of both stays', () => {
  const entries = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 6 });
  fc.assert(
    fc.property(entries, entries, entries, (base, mine, theirs) => {
      const both = new Set(merged(base, mine, theirs) as string[]);
      for (const one of 'abcdefghij') {
        const [was, by1, by2] = [base, mine, theirs].map((list) => list.includes(one));
        // whoever has changed it decides, and they cannot have changed it to different things
        expect(both.has(one)).toBe(by1 === was ? by2 : by1);
      }
    }),
    { numRuns: 200 },
  );
});

test('excluded schools, addresses and scopes of both admins are saved', () => {
  const auth = { method: 'clientCredentials', clientId: 'id', scopes: ['read', 'write'] } as const;
  const base: Settings = {
    ...{ baseUrl: 'https://sis.example', auth: { ...auth, scopes: [...auth.scopes] } },
    ...{ excludedDomainIds: ['north', 'south'], noticeEmails: ['a@x.example'], sisName: 'Maple' },
    lineItemMetadata: { source: 'lms', term: '1' },
  };
  const mine = typed(base, {
    excludedDomainIds: ['north', 'east'],
    scopes: 'read\nwrite\nmine',
    more: { noticeEmails: ['a@x.example', 'b@x.example'], lineItemMetadata: { source: 'lms', term: '2' } },
  });
  const theirs: Settings = {
    ...base,
    ...{ auth: { ...auth, clientId: 'other', scopes: ['write', 'theirs'] } },
    ...{ excludedDomainIds: ['north', 'south', 'west'], noticeEmails: ['c@x.example'], sisName: 'Oak' },
    lineItemMetadata: { term: '1', more: 'x' },
  };
  expect(keptOnTop(base, mine, theirs)).toEqual({
    baseUrl: 'https://sis.example',
    auth: {
      method: 'clientCredentials',
      clientId: 'other',
      tokenUrl: null,
      scopes: ['write', 'theirs', 'mine'],
    },
    excludedDomainIds: ['north', 'west', 'east'],
    noticeEmails: ['c@x.example', 'b@x.example'],
    sisName: 'Oak',
    lineItemMetadata: { term: '2', more: 'x' },
  });
});

test('a list that one admin empties keeps what the other puts in meanwhile; untouched, it is inherited', () => {
  const base: Settings = { embedOrigins: ['https://a.example'] };
  const emptied = typed(base, { more: { embedOrigins: undefined } });
  expect(keptOnTop(base, emptied, base)).toEqual({});
  const theirs = { embedOrigins: ['https://a.example', 'https://b.example'] };
  expect(keptOnTop(base, emptied, theirs)).toEqual({ embedOrigins: ['https://b.example'] });
});

test('what both have changed to something else is named, and the one who keeps his has his', () => {
  const base: Settings = { sisName: 'Maple', titleLimit: 40, excludedDomainIds: [] };
  const mine = typed(base, { sisName: 'Oak', gatherSeconds: '5', more: { titleLimit: 30 } });
  const theirs: Settings = { sisName: 'Elm', titleLimit: 50, excludedDomainIds: ['west'] };
  expect(clashes(mine, base, theirs)).toEqual(['sisName', 'titleLimit']);
  expect(clashes(mine, base, { ...base, sisName: 'Oak' })).toEqual([]);
  expect(keptOnTop(base, mine, theirs)).toEqual({
    ...{ sisName: 'Oak', titleLimit: 30, excludedDomainIds: ['west'], gatherSeconds: 5 },
  });
});

test('what is typed while the settings are being saved is not saved, and not lost', () => {
  const base: Settings = { sisName: 'Maple', noticeEmails: ['a@x.example'] };
  const sent = typed(base, { sisName: 'Oak', clientSecret: 's', more: { noticeEmails: ['b@x.example'] } });
  const body = settingsOf(base, sent.draft, sent.touched);
  const stored = { ...body, noticeEmails: ['b@x.example'] };
  expect(since(sent, sent).touched.size).toBe(0);
  // he goes on: another name, and the address that he had taken out comes back
  const now: Typed = {
    draft: { ...sent.draft, sisName: 'Elm', more: { noticeEmails: ['b@x.example', 'a@x.example'] } },
    touched: new Set([...sent.touched, 'sisName']),
  };
  const rest = since(sent, now);
  expect([...rest.touched]).toEqual(['sisName', 'more']);
  const draft = onTop(rest, body, stored, {});
  expect(draft.clientSecret).toBe('');
  expect(settingsOf(stored, draft, rest.touched)).toEqual({
    ...{ sisName: 'Elm', noticeEmails: ['b@x.example', 'a@x.example'] },
  });
});
