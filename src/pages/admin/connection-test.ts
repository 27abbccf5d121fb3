/** The test of the values as they are typed: with a class or without, and on demand by writing into it. */
import { LitElement, html, nothing } from 'lit';
import type { TestReport } from '../answers.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import './class-choice.ts';
import type { Console } from './console.ts';
import { formLook } from './form-look.ts';
import { testResult } from './test-result.ts';

export interface Trial {
  classId: string | undefined;
  /** writes an assignment into that class, and removes it again */
  writeProbe: boolean;
}

export class ConnectionTest extends LitElement {
  static override properties = {
    console: { attribute: false },
    report: { attribute: false },
    classId: { state: true },
    writes: { state: true },
  };
  static override styles = [look, formLook];
  console!: Console;
  report: TestReport | 'running' | null = null;
  classId = '';
  writes = false;

  private press = () => {
    if (this.report === 'running') return;
    const classId = this.classId || undefined;
    const detail: Trial = { classId, writeProbe: this.writes && classId !== undefined };
    this.dispatchEvent(new CustomEvent('try', { detail }));
  };

  private choose(classId: string): void {
    this.classId = classId;
    // what was found out was of another class
    this.dispatchEvent(new CustomEvent('untested'));
  }

  override render(): unknown {
    const words = settingsWords();
    const use = (address: string) => this.dispatchEvent(new CustomEvent('use', { detail: address }));
    return html`<section class="card stack" aria-labelledby="test">
      <div class="row apart">
        <h2 id="test">${words.test}</h2>
        <button
          type="button"
          aria-disabled=${this.report === 'running' ? 'true' : nothing}
          @click=${this.press}
        >
          ${words.testConnection}
        </button>
      </div>
      <p class="quiet small">${this.writes && this.classId ? words.testWrites : words.testHint}</p>
      <class-choice
        .console=${this.console}
        .name=${words.alsoClass}
        .none=${words.noClass}
        @choose=${(e: CustomEvent<string>) => this.choose(e.detail)}
      ></class-choice>
      ${
        this.classId
          ? html`<label class="choice"
              ><input
                type="checkbox"
                .checked=${this.writes}
                @change=${(e: Event) => (this.writes = (e.target as HTMLInputElement).checked)}
              />${words.write}</label
            >`
          : nothing
      }
      <div>${testResult(this.report, use)}</div>
    </section>`;
  }
}
customElements.define('connection-test', ConnectionTest);
