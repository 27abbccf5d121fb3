/** Tokens of people: made by a key, an hour at most, with a one-time link that opens the page for them. */
import { z } from 'zod';
import { LmsId } from '../gradebook/local.ts';
import { Refusal } from '../passback/refusal.ts';
import { ok, type Route, route, settingsReaders } from './route.ts';
import { answers, plainText, Time } from './views.ts';

const personText = plainText(255);
const TokenInput = z
  .strictObject({
    subject: personText.meta({ description: 'who it is, in the LMS' }),
    displayName: personText.meta({ description: 'named in the history' }),
    role: z.enum(['teacher', 'admin']),
    domainId: LmsId,
    classIds: z.array(LmsId).min(1).max(500).optional().meta({ description: 'needed for a teacher' }),
    expiresInSeconds: z.int().min(1).max(3600).default(3600),
  })
  .superRefine((t, ctx) => {
    const problem = (message: string) =>
      ctx.addIssue({ code: 'custom', path: ['classIds'], message, input: t });
    if (t.role === 'teacher' && t.classIds === undefined) problem('is needed for a teacher');
    if (t.role === 'admin' && t.classIds !== undefined) problem('belongs to teachers only');
  })
  .meta({ id: 'TokenInput' });
const NewToken = z
  .strictObject({
    token: z.string(),
    expiresAt: Time,
    pageUrl: z.string().meta({ description: 'a link that opens the person’s page, once' }),
  })
  .meta({ id: 'NewToken' });

const SignIn = z.strictObject({ code: z.string().min(1).max(500) }).meta({ id: 'SignIn' });
/** Whose token it is, as its page needs to know. */
export const OwnToken = z
  .strictObject({
    expiresAt: Time,
    subject: z.string().meta({ description: 'the person’s id in the LMS' }),
    role: z.enum(['teacher', 'admin']),
    domainId: z.string(),
    classIds: z.array(z.string()).nullable(),
    displayName: z.string(),
    sisName: z.string().nullable().meta({ description: 'what people there call the SIS' }),
  })
  .meta({ id: 'OwnToken' });
export const SignedIn = z
  .strictObject({ token: z.string(), ...OwnToken.omit({ subject: true }).shape })
  .meta({ id: 'SignedIn' });

/** In the fragment, which browsers keep to themselves: no log of any proxy ever holds the code. */
export function pageUrlOf(
  publicUrl: string,
  role: string,
  code: string,
  opens: Record<string, string | undefined>,
): string {
  const fragment = [['code', code] as const, ...Object.entries(opens)].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return `${publicUrl}/${role}#${fragment.join('&')}`;
}

/** Who makes a token for whom (DESIGN §5). */
const makers = { teacher: ['root', 'lms'], admin: ['root', 'admin'] };
const tag = 'Keys and tokens';

export const tokenRoutes: Route[] = [
  route({
    method: 'post',
    path: '/v1/tokens',
    operationId: 'createToken',
    summary: 'A token for a person: teachers’ by lms keys, admins’ by admin keys',
    tag,
    roles: settingsReaders,
    keysOnly: true,
    body: TokenInput,
    holders: ({ body }) => [{ what: 'domain', key: body.domainId }],
    audit: {
      action: 'token.create',
      subject: (c) => ({ domainId: c.body.domainId }),
      detail: (c) => ({
        role: c.body.role,
        for: c.body.displayName,
        person: c.body.subject,
        classes: c.body.classIds?.length ?? null,
      }),
    },
    once: 'secret',
    limit: 'costly',
    responses: { 201: { description: 'Made', schema: NewToken } },
    handle: async (c) => {
      if (!makers[c.body.role].includes(c.principal.role))
        throw new Refusal(
          'FORBIDDEN',
          `A key with the role ${c.principal.role} makes no tokens of this role.`,
        );
      const { token, expiresAt, linkCode } = await c.store.access.createToken(c.scope, c.body, c.principal);
      const [classId] = c.body.classIds ?? [];
      const opens = classId === undefined ? { domain: c.body.domainId } : { class: classId };
      const pageUrl = pageUrlOf(c.publicUrl, c.body.role, linkCode, opens);
      return { status: 201, body: { token, expiresAt, pageUrl } };
    },
  }),
  route({
    method: 'post',
    path: '/v1/sign-in',
    operationId: 'signIn',
    summary: 'Exchange the code of a one-time link for a token',
    tag,
    roles: 'anyone',
    body: SignIn,
    audit: {
      action: 'link.open',
      subject: (_c, answer) => ({ domainId: (answer.body as { domainId: string }).domainId }),
    },
    responses: answers(SignedIn, 'Signed in'),
    handle: async (c) => {
      const { principal: _ours, ...shown } = await c.openLink(c.body.code);
      return ok(shown);
    },
  }),
];
