/** `<sync-grades-settings-button>`: opens the settings of a class in the teacher's page. */
import { html } from 'lit/html.js';
import { spoken } from '../language.ts';
import { embedWords } from '../messages/embed.ts';
import { troubled } from './face.ts';
import { GradesElement } from './grades-element.ts';

export class SyncGradesSettingsButton extends GradesElement {
  /** the same once more is said once more */
  #again = false;

  protected override failed(code: string): void {
    this.#again = !this.#again;
    super.failed(code);
  }

  protected content() {
    this.speak();
    const words = embedWords();
    const said = this.trouble === null ? '' : `${troubled(this.trouble).below}${this.#again ? '\u00a0' : ''}`;
    return html`<div class="box" lang=${spoken()}>
      <button class="main second" part="button" type="button" @click=${() => this.openPage('settings')}>
        <span>${words.settings}<span class="hidden"> – ${words.opensTab}</span></span>
      </button>
      <div class="below" part="note" role="status">${said}</div>
    </div>`;
  }
}
