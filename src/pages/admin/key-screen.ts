/**
 * A screen some of whose changes outlive the hour of a person's token, and are therefore made with an API key
 * (http/route.ts, keysOnly): it is typed in for them, and known to this screen alone.
 */
import { html, nothing, type PropertyDeclarations } from 'lit';
import { Api, Problem, path } from '../api.ts';
import { accessWords } from '../messages/admin-access.ts';
import { note } from '../parts.ts';
import { FormScreen } from './form-screen.ts';

export abstract class KeyScreen extends FormScreen {
  static override properties: PropertyDeclarations = { keyed: { state: true }, keyTrouble: { state: true } };
  /** asks with the key; null: none was given */
  keyed: Api | null = null;
  keyTrouble: string | null = null;

  /** Whether it is one, and of an admin, is found out by a look at what only those may see. */
  private async use(event: Event): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const typed = new FormData(form).get('key');
    const api = new Api(typeof typed === 'string' ? typed.trim() : '');
    this.keyTrouble = null;
    try {
      await api.get(path`domains/${this.console.domain.domainId}/keys?limit=1`);
      form.reset();
      this.keyed = api;
      this.console.announce(accessWords().unlocked);
      this.focusSoon('form input');
    } catch (error) {
      // a 401 is about the key here, and does not end the page
      const refused = error instanceof Problem && [401, 403, 404].includes(error.status);
      this.keyTrouble = refused ? accessWords().notAdmin : this.console.explain(error);
      this.console.announce(this.keyTrouble);
    }
  }

  private forget(): void {
    this.keyed = null;
    this.focusSoon('#key');
  }

  /** Asks for the key where there is none, and lets it be forgotten. */
  protected unlock() {
    const words = accessWords();
    if (this.keyed)
      return note(
        'good',
        words.unlocked,
        html`<button type="button" @click=${() => this.forget()}>${words.forget}</button>`,
      );
    return html`<form class="card stack" autocomplete="off" @submit=${(e: Event) => this.use(e)}>
      <h2>${words.unlockTitle}</h2>
      <p class="quiet small">${words.unlockWhy}</p>
      <div class="field">
        <label for="key">${words.unlockField}</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          required
          aria-invalid=${this.keyTrouble === null ? nothing : 'true'}
          aria-describedby=${this.keyTrouble === null ? nothing : 'key-error'}
        />
        ${this.keyTrouble === null ? nothing : html`<span class="error" id="key-error">${this.keyTrouble}</span>`}
      </div>
      <div><button>${words.unlock}</button></div>
    </form>`;
  }
}
