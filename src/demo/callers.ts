/** The demo's two ways of calling: our public API as any LMS would, and the SIS's OneRoster API to look at the result. */

/** One caller of our API, with its key. */
export class Caller {
  /** requests made by all callers */
  static requests = 0;
  readonly url: string;
  readonly key: string;
  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  put = <T = unknown>(path: string, body: unknown) => this.call<T>('PUT', path, body);
  post = <T = unknown>(path: string, body: unknown = {}) => this.call<T>('POST', path, body);
  get = <T = unknown>(path: string) => this.call<T>('GET', path);

  /** Answers also what is refused; anything but a problem of ours is thrown. */
  async try<T>(method: string, path: string, body?: unknown): Promise<{ status: number; value: T }> {
    Caller.requests += 1;
    const response = await fetch(`${this.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, value: (await response.json()) as T };
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, value } = await this.try<T>(method, path, body);
    if (status >= 300) throw new Error(`${method} /v1/${path}: ${status} ${JSON.stringify(value)}`);
    return value;
  }
}

type OneRosterObject = Record<string, unknown> & { sourcedId: string };

/** Reads the SIS's gradebook, page by page. */
export class SisReader {
  readonly #sis: { gradebookUrl: string; tokenUrl: string; client: { id: string; secret: string } };
  #token: string | null = null;
  constructor(sis: { gradebookUrl: string; tokenUrl: string; client: { id: string; secret: string } }) {
    this.#sis = sis;
  }

  async all(collection: 'lineItems' | 'results'): Promise<OneRosterObject[]> {
    const items: OneRosterObject[] = [];
    const limit = 500;
    for (;;) {
      const page = (await this.read(`${collection}?limit=${limit}&offset=${items.length}`))[
        collection
      ] as OneRosterObject[];
      items.push(...page);
      if (page.length < limit) return items;
    }
  }

  private async read(path: string): Promise<Record<string, unknown>> {
    this.#token ??= await this.token();
    const response = await fetch(`${this.#sis.gradebookUrl}/${path}`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (!response.ok) throw new Error(`The SIS answered ${response.status} to GET ${path}`);
    return (await response.json()) as Record<string, unknown>;
  }

  private async token(): Promise<string> {
    const { id, secret } = this.#sis.client;
    const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
    const scope = 'https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.readonly';
    const response = await fetch(this.#sis.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    if (!response.ok) throw new Error(`The SIS refused a token: ${response.status}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }
}
