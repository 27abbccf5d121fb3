/** Where SISs keep their token endpoint, for connections that do not say. */

/** Seen in the field: Infinite Campus, Spring, bare, PowerSchool, IdentityServer, and some home-made APIs. */
const endings = [
  '/oauth2/token',
  '/oauth/token',
  '/token',
  '/oauth/access_token',
  '/connect/token',
  '/api/v1/auth/token',
  '/auth/token',
];

/**
 * The usual token URLs on the origin of the gradebook, likeliest first. Never another origin: the secret was entered
 * for this one. Prefixes are what stands before `/ims` (`/campus/api` → also `/campus`) and the root.
 */
export function usualTokenUrls(gradebookUrl: string): string[] {
  const { origin, pathname } = new URL(gradebookUrl);
  const before = /^(.*?)\/(?:ims\/|gradebook\/)/i.exec(`${pathname}/`)?.[1] ?? '';
  const folders = before.split('/').filter(Boolean);
  const prefixes = [folders.join('/'), folders.slice(0, -1).join('/'), folders.slice(0, 1).join('/'), ''];
  // ending first: a usual ending under another prefix is likelier than a rare ending under the first one
  return endings.flatMap((ending) =>
    [...new Set(prefixes)].map((prefix) => `${origin}${prefix ? `/${prefix}` : ''}${ending}`),
  );
}
