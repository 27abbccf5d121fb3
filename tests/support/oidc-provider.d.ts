/** What is used of oidc-provider, which brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    /** It is a Koa application. */
    use(
      middleware: (
        ctx: {
          body: unknown;
          response: { get(name: string): string };
          set(name: string, value: string): void;
        },
        next: () => Promise<void>,
      ) => Promise<void>,
    ): void;
    ClientCredentials: { find(token: string): Promise<{ isValid: boolean } | undefined> };
    Client: { prototype: { redirectUriAllowed(this: { redirectUris: string[] }, uri: string): boolean } };
    Grant: new (of: { accountId: string; clientId: string }) => {
      addOIDCScope(scope: string): void;
      save(): Promise<string>;
    };
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<{ params: Record<string, string | undefined> }>;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  }
  /** What it wants to ask people, prompt by prompt. */
  export const interactionPolicy: {
    base(): { get(prompt: string): { checks: { remove(reason: string): void } } };
  };
}
