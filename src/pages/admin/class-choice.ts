/** One class out of perhaps thousands: a short list as it is, a long one by what is typed. */
import { LitElement, html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import type { Console } from './console.ts';
import { formLook } from './form-look.ts';

interface ClassLine {
  classId: string;
  title: string;
}
const MOST = 50;
const PAUSE_MS = 300;

export class ClassChoice extends LitElement {
  static override properties = {
    console: { attribute: false },
    name: {},
    none: {},
    classes: { state: true },
    many: { state: true },
  };
  static override styles = [look, formLook];
  console!: Console;
  /** what the field is called, and what stands there while nothing is chosen */
  name = '';
  none = '';
  classes: ClassLine[] = [];
  many = false;
  #chosen: ClassLine | null = null;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.find('').catch(() => undefined);
  }

  private async find(text: string): Promise<void> {
    const asked = ++this.#asked;
    const { api, domain } = this.console;
    const where = path`classes?domainId=${domain.domainId}` + `&limit=${MOST}`;
    const found = await api.get<Items<ClassLine>>(text === '' ? where : where + path`&text=${text}`);
    if (asked !== this.#asked) return;
    this.classes = found.items;
    if (text === '') this.many = found.nextCursor !== null;
  }

  private typed = (event: Event) => {
    const text = (event.target as HTMLInputElement).value.trim();
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.find(text).catch(() => undefined), PAUSE_MS);
  };

  private choose = (event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    this.#chosen = this.classes.find(({ classId }) => classId === value) ?? null;
    this.dispatchEvent(new CustomEvent('choose', { detail: value }));
  };

  override render(): unknown {
    // what was chosen stays in the list, whatever is looked for next
    const chosen = this.#chosen;
    const kept = chosen && !this.classes.some(({ classId }) => classId === chosen.classId) ? [chosen] : [];
    return html`<div class="field">
      ${
        this.many
          ? html`<label for="text">${settingsWords().findClass}</label>
              <input id="text" type="search" autocomplete="off" @input=${this.typed} />`
          : nothing
      }
      <label for="class">${this.name}</label>
      <select id="class" @change=${this.choose}>
        <option value="">${this.none}</option>
        ${[...kept, ...this.classes].map(
          ({ classId, title }) =>
            html`<option value=${classId} .selected=${classId === chosen?.classId}>${title}</option>`,
        )}
      </select>
    </div>`;
  }
}
customElements.define('class-choice', ClassChoice);
