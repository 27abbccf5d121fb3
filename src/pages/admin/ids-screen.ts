/** The SIS's ids of many classes and students from a CSV file: first what it would do, then it. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import { dataWords } from '../messages/admin-data.ts';
import { note } from '../parts.ts';
import { number } from '../words.ts';
import type { IdReport } from './admin-answers.ts';
import type { Console } from './console.ts';
import { Screen } from './screen.ts';

/** So many lines that need a look are shown: whoever has more looks at his file. */
const MOST = 100;
const EXAMPLE =
  'kind,classId,studentId,sourcedId,customId\nclass,algebra-1,,sis-class-4711,\nstudent,algebra-1,ann,sis-student-9,\nstudent,,ben,sis-student-10,\n';

export class IdsScreen extends Screen {
  static override properties = { file: { state: true }, report: { state: true } };
  file: { name: string; text: string } | null = null;
  report: IdReport | null = null;

  protected override load(): Promise<() => void> {
    return Promise.resolve(() => undefined);
  }

  private choose = (event: Event) => {
    const file = (event.target as HTMLInputElement).files?.[0];
    this.report = null;
    this.file = null;
    if (!file) return;
    void this.act('read', async () => {
      // it may have been changed or taken away since it was chosen
      const text = await file.text().catch(() => null);
      if (text === null) return (this.trouble = dataWords().unreadable(file.name));
      this.file = { name: file.name, text };
      return dataWords().chosen(file.name);
    });
  };

  private put(dryRun: boolean): void {
    const { file } = this;
    if (!file) return;
    void this.act(dryRun ? 'look' : 'apply', async () => {
      const where = path`domains/${this.console.domain.domainId}/idMappings`;
      // lines that are wrong were shown before: whoever applies it then means those that are right
      const query = dryRun ? '?dryRun=true' : '?partial=true';
      const { value } = await this.console.api.request<IdReport>('POST', where + query, file.text, {
        'content-type': 'text/csv',
      });
      this.report = value;
      return dryRun ? dataWords().nothingChanged : dataWords().applied;
    });
  }

  private example = () => {
    const url = URL.createObjectURL(new Blob([EXAMPLE], { type: 'text/csv' }));
    const link = document.createElement('a');
    [link.href, link.download] = [url, 'sis-ids.csv'];
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };

  protected override content(): unknown {
    const words = dataWords();
    return html`<section class="card stack">
        <p>${words.idsIntro}</p>
        <p class="quiet small">${words.columns}</p>
        <p><button class="link" @click=${this.example}>${words.template}</button></p>
        <div class="field">
          <label for="file">${words.file}</label>
          <input id="file" type="file" accept=".csv,text/csv" @change=${this.choose} />
        </div>
        ${
          this.file
            ? html`<p>
                ${this.button('look', words.look, () => this.put(true), { primary: this.report === null })}
              </p>`
            : nothing
        }
      </section>
      ${this.report ? this.told(this.report) : nothing}`;
  }

  private told(report: IdReport) {
    const words = dataWords();
    const { counts, dryRun, rows } = report;
    const bad = rows.filter(
      ({ outcome, sharedIn }) => !['changed', 'unchanged'].includes(outcome) || sharedIn.length > 0,
    );
    const wrong = counts.unknown + counts.duplicate + counts.invalid;
    const fact = (name: string, n: number) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${number(n)}</dd>
      </div>`;
    return html`<section class="card stack">
      ${note(dryRun ? 'plain' : 'good', dryRun ? words.nothingChanged : words.applied)}
      <dl class="facts">
        ${fact(dryRun ? words.wouldChange : words.outcomes.changed, counts.changed)}
        ${(['unchanged', 'unknown', 'duplicate', 'invalid'] as const).map((name) =>
          counts[name] > 0 ? fact(words.outcomes[name], counts[name]) : nothing,
        )}
      </dl>
      ${
        dryRun && counts.changed > 0
          ? html`<p>
              ${this.button('apply', wrong > 0 ? words.applyGood : words.apply, () => this.put(false), {
                primary: true,
              })}
            </p>`
          : nothing
      }
      ${
        bad.length === 0
          ? nothing
          : html`<h2>${words.lines}</h2>
              <ul class="plain lines">
                ${bad
                  .slice(0, MOST)
                  .map(
                    ({ line, outcome, detail, sharedIn }) =>
                      html`<li>
                        <strong>${words.line} ${line}</strong> – ${words.outcomes[outcome]}
                        ${detail === null ? nothing : html`– <span lang="en">${detail}</span>`}
                        ${sharedIn.length > 0 ? words.shared(sharedIn.join(', ')) : nothing}
                      </li>`,
                  )}
              </ul>
              ${bad.length > MOST ? html`<p class="quiet">${words.mostLines(bad.length - MOST)}</p>` : nothing}`
      }
    </section>`;
  }
}
customElements.define('ids-screen', IdsScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<ids-screen .console=${console} .params=${params}></ids-screen>`;
