/** The SISs that are known: what an admin must know to connect one, and what it makes the defaults. */
import { z } from 'zod';
import { profiles } from '../profiles/index.ts';
import { ok, type Route, route, settingsReaders } from './route.ts';
import { answers, listOf } from './views.ts';

const ProfileView = z
  .strictObject({
    name: z.string().meta({ description: 'the value of the setting `profile`' }),
    title: z.string(),
    oneRosterVersion: z.enum(['1.1', '1.2']),
    addresses: z.array(z.string()).meta({ description: 'examples of `baseUrl`' }),
    tokenUrl: z.string().nullable().meta({ description: 'an example; null: the usual ones are tried' }),
    requiredHeaders: z
      .array(z.strictObject({ name: z.string(), what: z.string() }))
      .meta({ description: 'for `extraHeaders`: without them the gradebook refuses every request' }),
    settings: z
      .record(z.string(), z.unknown())
      .meta({ description: 'its defaults, where they are not the usual ones' }),
    categories: z.string().meta({ description: 'which categories it takes' }),
    notes: z.array(z.string()).meta({ description: 'what no setting can change' }),
  })
  .meta({ id: 'SisProfile' });

export const sisProfileRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/sisProfiles',
    operationId: 'listSisProfiles',
    summary: 'The SISs that are known: what to know to connect each, and which defaults it has',
    tag: 'Settings',
    roles: settingsReaders,
    responses: answers(listOf(ProfileView)),
    handle: async (c) => {
      // they are the same everywhere; whoever asks names a domain of his own all the same, as for its settings
      await c.store.domains.get(c.scope, c.params.domainId);
      const items = Object.values(profiles).map(
        ({ name, title, settings, categories, notes, connection }) => ({
          ...{ name, title, settings, categories, notes },
          oneRosterVersion: connection.oneRosterVersion,
          addresses: connection.addresses,
          tokenUrl: connection.tokenUrl,
          requiredHeaders: connection.requiredHeaders,
        }),
      );
      return ok({ items, nextCursor: null });
    },
  }),
];
