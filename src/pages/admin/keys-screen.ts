/** API keys: which there are, a new one shown once, and taking one back. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import { accessWords } from '../messages/admin-access.ts';
import { note, time } from '../parts.ts';
import type { ApiKey } from './admin-answers.ts';
import { nameOf, type Console } from './console.ts';
import { typed } from './form-screen.ts';
import { KeyScreen } from './key-screen.ts';

export class KeysScreen extends KeyScreen {
  static override properties = { keys: { state: true }, made: { state: true } };
  keys: ApiKey[] = [];
  /** the new one, until the screen is left */
  made: string | null = null;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/keys`;
  }

  protected override async load(): Promise<() => void> {
    const keys = await this.console.api.all<ApiKey>(this.where);
    return () => (this.keys = keys);
  }

  private make(event: Event): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const values = new FormData(form);
    void this.act('make', async () => {
      const body = { role: typed(values, 'role'), name: typed(values, 'name') };
      const { key } = await this.keyed!.post<{ key: string }>(this.where, body);
      this.made = key;
      form.reset();
      await this.refresh();
      return accessWords().shownOnce;
    });
  }

  protected override content(): unknown {
    const words = accessWords();
    return html`<p class="quiet">${words.keysIntro}</p>
      ${this.made === null ? nothing : note('good', html`<strong>${words.shownOnce}</strong>${this.copyable(words.newKey, this.made, true)}`)}
      <section class="card stack">
        ${this.keys.length === 0 ? html`<p class="quiet">${words.noKeys}</p>` : this.table()}
      </section>
      ${this.unlock()} ${this.keyed ? this.form() : nothing}`;
  }

  private form() {
    const words = accessWords();
    return html`<form class="card stack" autocomplete="off" @submit=${(e: Event) => this.make(e)}>
      <h2>${words.newKey}</h2>
      ${this.field('name', words.keyName)}
      <div class="field">
        <label for="role">${words.role}</label>
        <select id="role" name="role">
          <option value="lms">${words.roles.lms}</option>
          <option value="admin">${words.roles.admin}</option>
        </select>
      </div>
      <div><button class="primary" aria-disabled=${this.busy ? 'true' : nothing}>${words.make}</button></div>
    </form>`;
  }

  private takeBack({ id, name }: ApiKey) {
    const words = accessWords();
    return this.removal(
      id,
      { button: words.remove, ask: words.removeKey, yes: words.remove, done: words.removed, about: name },
      () => this.keyed!.request('DELETE', `${this.where}/${encodeURIComponent(id)}`),
    );
  }

  private table() {
    const words = accessWords();
    const names = [words.key, words.role, words.usedAt, ...(this.keyed ? [words.actions] : [])];
    return html`<table class="table" role="table" aria-label=${words.key}>
      <thead role="rowgroup">
        <tr role="row">
          ${names.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${this.keys.map(
          (key) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">
                ${key.name}<br />
                <span class="quiet small">
                  ${key.domainId === null ? nothing : `${nameOf(this.console.domains, key.domainId)} · `}${words.madeAt}
                  ${time(key.createdAt)}
                </span>
              </th>
              <td role="cell"><span class="label">${words.role}</span> ${words.roles[key.role]}</td>
              <td role="cell">
                <span class="label">${words.usedAt}</span>
                ${key.lastUsedAt ? time(key.lastUsedAt) : words.never}
              </td>
              ${this.keyed ? html`<td role="cell">${this.takeBack(key)}</td>` : nothing}
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}
customElements.define('keys-screen', KeysScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<keys-screen .console=${console} .params=${params}></keys-screen>`;
