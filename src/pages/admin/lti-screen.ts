/** LMSs that open grade sync by LTI 1.3: what to enter there, and what to enter here. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import { accessWords } from '../messages/admin-access.ts';
import type { LtiPlatform } from './admin-answers.ts';
import type { Console } from './console.ts';
import { typed, typedLines } from './form-screen.ts';
import { KeyScreen } from './key-screen.ts';

export class LtiScreen extends KeyScreen {
  static override properties = { platforms: { state: true } };
  platforms: LtiPlatform[] = [];

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/ltiPlatforms`;
  }

  protected override async load(): Promise<() => void> {
    const platforms = await this.console.api.all<LtiPlatform>(this.where);
    return () => (this.platforms = platforms);
  }

  private register(event: Event): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const values = new FormData(form);
    const text = (name: string) => typed(values, name);
    void this.act('register', async () => {
      await this.keyed!.post(this.where, {
        ...{ name: text('name'), issuer: text('issuer'), clientId: text('clientId') },
        ...{ authorizationUrl: text('authorizationUrl'), jwksUrl: text('jwksUrl') },
        deploymentIds: typedLines(values, 'deploymentIds'),
      });
      form.reset();
      await this.refresh();
      return accessWords().registered;
    });
  }

  protected override content(): unknown {
    const words = accessWords();
    return html`<p class="quiet">${words.ltiIntro}</p>
      ${this.platforms.length === 0 ? html`<p class="quiet">${words.noPlatforms}</p>` : nothing}
      ${this.platforms.map((platform) => this.platform(platform))} ${this.unlock()}
      ${this.keyed ? this.form() : nothing}`;
  }

  private platform(platform: LtiPlatform) {
    const words = accessWords();
    const { name, issuer, clientId, deploymentIds, tool } = platform;
    return html`<section class="card stack" aria-label=${name}>
      <h2>${name}</h2>
      <p class="quiet small">${issuer} · ${clientId} · ${deploymentIds.join(', ')}</p>
      <h3>${words.enter}</h3>
      ${this.copyable(words.loginUrl, tool.loginUrl)} ${this.copyable(words.launchUrl, tool.launchUrl)}
      ${this.copyable(words.jwksUrl, tool.jwksUrl)}
      <details>
        <summary>${words.canvasJson}</summary>
        ${this.copyable(words.canvasJson, JSON.stringify(tool.canvas, null, 2), true)}
      </details>
      ${this.keyed === null ? nothing : html`<div>${this.takeBack(platform)}</div>`}
    </section>`;
  }

  private takeBack({ id, name }: LtiPlatform) {
    const words = accessWords();
    return this.removal(
      id,
      {
        button: words.remove,
        ask: words.removePlatform,
        yes: words.remove,
        done: words.removed,
        about: name,
      },
      () => this.keyed!.request('DELETE', `${this.where}/${encodeURIComponent(id)}`),
    );
  }

  private form() {
    const words = accessWords();
    return html`<form class="card stack" autocomplete="off" @submit=${(e: Event) => this.register(e)}>
      <h2>${words.newPlatform}</h2>
      ${this.field('name', words.platformName)}
      ${this.field('issuer', words.issuer, { hint: 'https://canvas.instructure.com' })}
      ${this.field('clientId', words.clientId)}
      ${this.field('deploymentIds', words.deployments, { rows: 2, hint: words.perLine })}
      ${this.field('authorizationUrl', words.authorizationUrl, { type: 'url' })}
      ${this.field('jwksUrl', words.platformJwks, { type: 'url' })}
      <div>
        <button class="primary" aria-disabled=${this.busy ? 'true' : nothing}>${words.registerIt}</button>
      </div>
    </form>`;
  }
}
customElements.define('lti-screen', LtiScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<lti-screen .console=${console} .params=${params}></lti-screen>`;
