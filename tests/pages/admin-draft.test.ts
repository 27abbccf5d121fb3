import fc from 'fast-check';
import type { Settings } from '../../src/pages/answers.ts';
import {
  clashes,
  draftOf,
  onTop,
  settingsOf,
  since,
  withoutMisplaced,
  type Typed,
} from '../../src/pages/admin/draft.ts';
import { clashesOf, merged } from '../../src/pages/admin/merge.ts';
import { blank, onTop as mineOnTop, type Typed as Plan } from '../../src/pages/admin/schedule-typed.ts';

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

test('titles that two have mapped to different categories are named, those of one of them are not', () => {
  const base = { Quiz: 'a', Lab: 'b', Essay: 'c' };
  const mine = { Quiz: 'x', Lab: 'y', Essay: 'c', New: 'n' };
  expect(clashesOf(base, mine, { Quiz: 'z', Lab: 'y', New: 'm' })).toEqual(['Quiz', 'New']);
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
  const connection: Settings = {
    baseUrl: 'https://sis.example',
    auth: { method: 'clientCredentials', clientId: 'id', tokenUrl: null, scopes: null },
  };
  const base: Settings = { ...connection, sisName: 'Maple', noticeEmails: ['a@x.example'] };
  const sent = typed(base, { sisName: 'Oak', clientSecret: 's', more: { noticeEmails: ['b@x.example'] } });
  const body = settingsOf(base, sent.draft, sent.touched);
  const stored = { ...body, ...connection, noticeEmails: ['b@x.example'] };
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
    ...connection,
    ...{ sisName: 'Elm', noticeEmails: ['b@x.example', 'a@x.example'] },
  });
});

test('what is entered of a connection without its address is sent, for the service to name the field', () => {
  const mine = typed({}, { clientId: 'id', clientSecret: 's' });
  expect(settingsOf({}, mine.draft, mine.touched)).toMatchObject({ baseUrl: '', auth: { clientId: 'id' } });
  // whoever empties the address of his own inherits again
  const own: Settings = { baseUrl: 'https://sis.example', auth: { method: 'accessToken' } };
  const emptied = typed(own, { baseUrl: '' });
  expect(settingsOf(own, emptied.draft, emptied.touched)).toEqual({});
});

test('a secret that was typed for one address does not go to another that somebody has saved meanwhile', () => {
  const auth = { method: 'clientCredentials', clientId: 'id' } as const;
  const base: Settings = { baseUrl: 'https://sis.example', auth };
  const changes = { sisName: 'Oak', clientSecret: 's', more: { extraHeaders: { 'x-key': 'k' } } };
  const mine = typed(base, changes);
  const elsewhere: Settings = { baseUrl: 'https://other.example', auth };
  const { typed: kept, dropped } = withoutMisplaced(mine, elsewhere);
  expect(dropped).toEqual(['clientSecret', 'extraHeaders']);
  const put = keptOnTop(base, kept, elsewhere);
  expect(put).toMatchObject({ sisName: 'Oak', baseUrl: 'https://other.example' });
  expect(JSON.stringify(put)).not.toContain('"s"');
  expect(put).not.toHaveProperty('extraHeaders');
  // it stays where the address is the same, or he has typed it himself
  expect(withoutMisplaced(mine, { ...base, sisName: 'Elm' }).dropped).toEqual([]);
  const both = typed(base, { ...changes, baseUrl: 'https://mine.example' });
  expect(withoutMisplaced(both, elsewhere).dropped).toEqual([]);
});

test('of a schedule that two change at once, how often and at which time go together, and a clash is named', () => {
  const base: Plan = { ...blank, unit: 'day', at: '18:00', timeZone: 'UTC' };
  const later = { ...base, at: '19:00' };
  const monthly: Plan = { ...base, unit: 'cron', cron: '0 18 1 * *' };
  // the later time would say nothing beside a cron expression
  expect(mineOnTop(base, later, monthly)).toEqual({ typed: later, clashing: ['when'] });
  const theirs = { ...base, timeZone: 'America/Chicago' };
  const both = { ...later, timeZone: 'America/Chicago' };
  expect(mineOnTop(base, later, theirs)).toEqual({ typed: both, clashing: [] });
  expect(mineOnTop(base, base, monthly)).toEqual({ typed: monthly, clashing: [] });
  expect(mineOnTop(base, later, { ...later }).clashing).toEqual([]);
});
