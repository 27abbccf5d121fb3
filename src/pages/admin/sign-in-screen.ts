/** The OpenID provider by which the admins of a domain sign in. */
import { html, nothing } from 'lit';
import { Problem, path } from '../api.ts';
import { accessWords } from '../messages/admin-access.ts';
import type { SignInProvider } from './admin-answers.ts';
import type { Console } from './console.ts';
import { typed, typedLines } from './form-screen.ts';
import { KeyScreen } from './key-screen.ts';

export class SignInScreen extends KeyScreen {
  static override properties = { provider: { state: true } };
  provider: SignInProvider | null = null;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/signIn`;
  }

  protected override async load(): Promise<() => void> {
    const provider = await this.console.api.get<SignInProvider>(this.where).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    });
    return () => (this.provider = provider);
  }

  private save(event: Event): void {
    event.preventDefault();
    const values = new FormData(event.target as HTMLFormElement);
    const secret = typed(values, 'clientSecret');
    void this.act('save', async () => {
      // what this form does not show stays as it is
      const { scopes, domainClaim, domainMap } = this.provider ?? {};
      await this.keyed!.put(this.where, {
        ...(this.provider ? { scopes, domainClaim, domainMap } : {}),
        ...{ issuer: typed(values, 'issuer'), clientId: typed(values, 'clientId') },
        ...(secret === '' ? {} : { clientSecret: secret }),
        ...{ roleClaim: typed(values, 'roleClaim'), admins: typedLines(values, 'admins') },
      });
      await this.refresh();
      return accessWords().saved;
    });
  }

  private takeBack() {
    const words = accessWords();
    return this.removal(
      'signIn',
      { button: words.remove, ask: words.removeSignIn, yes: words.remove, done: words.removed },
      () => this.keyed!.request('DELETE', this.where),
    );
  }

  protected override content(): unknown {
    const words = accessWords();
    const { provider } = this;
    return html`<p class="quiet">${words.signInIntro}</p>
      <section class="card stack">
        ${
          provider
            ? html`<h2>${provider.issuer}</h2>
                <p class="quiet small">
                  ${provider.clientId} · ${provider.roleClaim}: ${provider.admins.join(', ')}
                </p>
                ${this.copyable(words.signInUrl, provider.signInUrl)}
                ${this.copyable(words.redirectUrl, provider.redirectUrl)}
                ${this.keyed === null ? nothing : html`<div>${this.takeBack()}</div>`}`
            : html`<p class="quiet">${words.noSignIn}</p>`
        }
      </section>
      ${this.unlock()} ${this.keyed ? this.form() : nothing}`;
  }

  private form() {
    const words = accessWords();
    const { issuer = '', clientId = '', roleClaim = '', admins = [] } = this.provider ?? {};
    return html`<form class="card stack" autocomplete="off" @submit=${(e: Event) => this.save(e)}>
      ${this.field('issuer', words.issuer, { type: 'url', value: issuer })}
      ${this.field('clientId', words.clientId, { value: clientId })}
      ${this.field('clientSecret', words.clientSecret, {
        type: 'password',
        ...(this.provider ? { hint: words.keep, required: false } : {}),
      })}
      ${this.field('roleClaim', words.roleClaim, { value: roleClaim, hint: 'groups' })}
      ${this.field('admins', words.adminValues, { rows: 2, value: admins.join('\n'), hint: words.perLine })}
      <div><button class="primary" aria-disabled=${this.busy ? 'true' : nothing}>${words.save}</button></div>
    </form>`;
  }
}
customElements.define('sign-in-screen', SignInScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<sign-in-screen .console=${console} .params=${params}></sign-in-screen>`;
