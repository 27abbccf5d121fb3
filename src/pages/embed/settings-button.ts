/** `<sync-grades-settings-button>`: opens the settings of a class in the teacher's page. */
import { html } from 'lit/html.js';
import { embedWords } from '../messages/embed.ts';
import { troubled } from './face.ts';
import { GradesElement } from './grades-element.ts';

export class SyncGradesSettingsButton extends GradesElement {
  protected content() {
    this.speak();
    const words = embedWords();
    return html`<div class="box">
      <button class="main second" part="button" type="button" @click=${() => this.openPage('settings')}>
        <span>${words.settings}<span class="hidden"> – ${words.opensTab}</span></span>
      </button>
      <div class="below" part="note" role="status">${this.trouble ? troubled(this.trouble).below : ''}</div>
    </div>`;
  }
}
