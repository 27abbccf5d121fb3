/** What the SIS holds beside what it has acknowledged, class by class, and what to do where they differ. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import { consoleWords } from '../messages/admin.ts';
import { careWords } from '../messages/admin-care.ts';
import { note, time } from '../parts.ts';
import { number } from '../words.ts';
import type { Drift } from './admin-answers.ts';
import { to, type Console } from './console.ts';
import { Screen } from './screen.ts';

/** So many classes are looked through; a district with more looks at its schools. */
const MOST = 2000;
const REFRESH_MS = 10_000;
const COUNTS = ['same', 'ownForm', 'changed', 'missing', 'notRead'] as const;
const differs = ({ counts }: Drift) => counts.changed + counts.missing > 0;

export class DriftScreen extends Screen {
  static override properties = { classes: { state: true }, more: { state: true }, asked: { state: true } };
  classes: Drift[] = [];
  /** there are more than were looked through */
  more = false;
  /** how many are read now, and how many are not */
  asked: { classes: number; leftOut: number } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/driftAudit`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override async load(): Promise<() => void> {
    const { items, more } = await this.console.api.some<Drift>(this.where, MOST);
    return () => {
      [this.classes, this.more] = [items, more];
      this.followSoon();
    };
  }

  /** While classes are being read; it asks for every class, so it is not asked for without need. */
  private followSoon(): void {
    clearTimeout(this.#timer);
    if (this.isConnected && this.classes.some(({ reading }) => reading))
      this.#timer = setTimeout(() => void this.refresh().catch(() => this.followSoon()), REFRESH_MS);
  }

  private compare(): void {
    void this.act('compare', async () => {
      this.asked = await this.console.api.post<{ classes: number; leftOut: number }>(this.where);
      await this.refresh();
      return careWords().asked(this.asked.classes);
    });
  }

  protected override content(): unknown {
    const words = careWords();
    const { asked, classes } = this;
    const reading = classes.filter((one) => one.reading).length;
    return html`<section class="card stack">
        <p>${words.driftIntro(this.console.sis)}</p>
        <div>${this.button('compare', words.compare, () => this.compare(), { primary: true })}</div>
        ${
          asked
            ? note(
                asked.classes > 0 ? 'good' : 'warn',
                [
                  words.asked(asked.classes),
                  ...(asked.leftOut > 0 ? [words.notAsked(asked.leftOut)] : []),
                ].join(' '),
              )
            : nothing
        }
        ${reading > 0 ? html`<p class="quiet">${words.reading(reading)}</p>` : nothing}
      </section>
      ${
        classes.some(({ readAt }) => readAt !== null)
          ? [this.totals(), this.differing()]
          : html`<p class="quiet">${words.noneRead}</p>`
      }`;
  }

  private totals() {
    const words = careWords();
    const { classes } = this;
    const all = (name: (typeof COUNTS)[number]) => classes.reduce((n, { counts }) => n + counts[name], 0);
    const read = classes.filter(({ readAt }) => readAt !== null).length;
    return html`<section class="card stack" aria-labelledby="totals">
      <h2 id="totals">${words.totals}</h2>
      <p class="quiet">
        ${words.readOf(read, classes.length)} ${this.more ? words.firstOnly(MOST) : nothing}
      </p>
      <dl class="facts">
        ${COUNTS.map(
          (name) =>
            html`<div>
              <dt>${words.counts[name]}</dt>
              <dd>${number(all(name))}</dd>
            </div>`,
        )}
      </dl>
    </section>`;
  }

  private differing() {
    const words = careWords();
    const found = this.classes.filter(differs);
    const what = (name: 'changed' | 'missing') => found.some(({ counts }) => counts[name] > 0);
    return html`<section class="card stack" aria-labelledby="found">
      <h2 id="found">${words.found}</h2>
      ${found.length === 0 ? html`<p class="quiet">${words.noneFound}</p>` : nothing}
      ${
        what('changed')
          ? note(
              'warn',
              words.doChanged(this.console.sis),
              html`<a href=${to('problems')}>${consoleWords().screens.problems}</a>`,
            )
          : nothing
      }
      ${
        what('missing')
          ? note(
              'warn',
              words.doMissing,
              html`<a href=${to('settings')}>${consoleWords().screens.settings}</a>`,
            )
          : nothing
      }
      ${found.length === 0 ? nothing : this.list(found)}
    </section>`;
  }

  private list(found: Drift[]) {
    const words = careWords();
    return html`<ul class="plain lines">
      ${found.map(
        ({ classId, title, counts, readAt }) =>
          html`<li>
            <a href=${to('classes', { id: classId })}>${title}</a><br />
            <span class="quiet small">
              ${(['changed', 'missing'] as const)
                .filter((name) => counts[name] > 0)
                .map((name) => `${words.counts[name]}: ${number(counts[name])}`)
                .join(' · ')}
              ${readAt === null ? nothing : html`· ${words.readAt} ${time(readAt)}`}
            </span>
          </li>`,
      )}
    </ul>`;
  }
}
customElements.define('drift-screen', DriftScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<drift-screen .console=${console} .params=${params}></drift-screen>`;
