/** As much of a browser as a sign-in needs: cookies per host, redirects one by one, the form that posts itself. */
export interface Seen {
  url: string;
  status: number;
  headers: Headers;
  text: string;
  /** where it leads, absolute */
  location: string | null;
}

export class BrowserJar {
  readonly cookies = new Map<string, Map<string, string>>();

  async ask(
    url: string,
    init: { method?: string; form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Seen> {
    const { host } = new URL(url);
    const kept = this.cookies.get(host) ?? new Map<string, string>();
    const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      method: init.method ?? (init.form ? 'POST' : 'GET'),
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...init.headers },
      ...(init.form ? { body: new URLSearchParams(init.form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; ?/);
      const at = pair.indexOf('=');
      const gone = attributes.some((a) => /^max-age=0$/i.test(a) || /^expires=Thu, 01 Jan 1970/i.test(a));
      if (gone) kept.delete(pair.slice(0, at));
      else kept.set(pair.slice(0, at), pair.slice(at + 1));
    }
    this.cookies.set(host, kept);
    const to = response.headers.get('location');
    return {
      url,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: to === null ? null : new URL(to, url).href,
    };
  }

  /** Goes where it is sent, as long as it stays on this host. */
  async follow(url: string): Promise<Seen> {
    let seen = await this.ask(url);
    while (seen.location !== null && new URL(seen.location).host === new URL(url).host)
      seen = await this.ask(seen.location);
    return seen;
  }
}

/** The fields of the form in a form_post answer, and where it goes. */
export function formIn(html: string): { action: string; fields: Record<string, string> } {
  const plain = (text: string) =>
    text
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&');
  const action = plain(/<form[^>]* action="([^"]*)"/.exec(html)?.[1] ?? '');
  const inputs = [...html.matchAll(/<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"/g)];
  return { action, fields: Object.fromEntries(inputs.map((m) => [m[1] ?? '', plain(m[2] ?? '')])) };
}
