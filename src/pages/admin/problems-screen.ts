/** What needs somebody, by cause, over all classes; and trying all of one cause again. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { historyWords } from '../messages/admin-history.ts';
import { consoleWords } from '../messages/admin.ts';
import { messageOf, note, time } from '../parts.ts';
import type { ProblemCause, ProblemClass, ProblemRetry } from './admin-answers.ts';
import { nameOf, to, type Console, type ScreenName } from './console.ts';
import { fixForAdmin, reasonForAdmin } from './for-admin.ts';
import { Screen } from './screen.ts';

/** Where an admin can put it right himself. */
const CURES: Partial<Record<string, ScreenName>> = {
  ...{ MAP_CLASS: 'ids', MAP_STUDENT: 'ids', MAP_STUDENT_TWICE: 'ids', MAP_SCHOOL: 'roster' },
};

export class ProblemsScreen extends Screen {
  static override properties = { causes: { state: true }, open: { state: true }, result: { state: true } };
  causes: ProblemCause[] = [];
  /** the classes of one cause */
  open: { code: string; classes: ProblemClass[]; nextCursor: string | null } | null = null;
  result: { code: string; tried: string; all: boolean; leftOut: ProblemRetry['leftOut'] } | null = null;

  /** the classes that the link asked for were opened, and may have been closed since */
  #shown = false;
  protected override readonly refreshEvery = 10_000;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/problems`;
  }

  protected override async load(): Promise<() => void> {
    const causes = (await this.console.api.get<Items<ProblemCause>>(this.where)).items;
    const asked = this.#shown ? null : this.params.get('code');
    const open = causes.some(({ reason }) => reason.code === asked)
      ? await this.classesOf(asked ?? '', null)
      : null;
    return () => {
      this.#shown = true;
      this.causes = causes;
      open?.();
    };
  }

  private async classesOf(code: string, cursor: string | null): Promise<() => void> {
    const query = `limit=50${cursor === null ? '' : path`&cursor=${cursor}`}`;
    const { items, nextCursor } = await this.console.api.get<Items<ProblemClass>>(
      `${this.where}/${encodeURIComponent(code)}?${query}`,
    );
    return () => {
      const before = cursor !== null && this.open?.code === code ? this.open.classes : [];
      this.open = { code, classes: [...before, ...items], nextCursor };
    };
  }

  private async show(code: string, cursor: string | null): Promise<void> {
    const shown = await this.readPart(`show ${code}`, () => this.classesOf(code, cursor));
    // the button that was pressed is gone now
    if (shown && cursor === null) this.focusSoon(`[data-code="${CSS.escape(code)}"] a`);
  }

  /** Fifty classes go with one request: on it goes until there are none left. */
  private retry(code: string): void {
    void this.act(`retry ${code}`, async () => {
      const words = historyWords();
      const sum: ProblemRetry = { classes: 0, rows: 0, held: 0, leftOut: [], nextCursor: null };
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : path`?cursor=${cursor}`;
        const part: ProblemRetry = await this.console.api.post(
          `${this.where}/${encodeURIComponent(code)}/retry${query}`,
        );
        sum.classes += part.classes;
        sum.rows += part.rows;
        sum.held += part.held;
        for (const left of part.leftOut) {
          const same = sum.leftOut.find(({ reason }) => reason.code === left.reason.code);
          if (same) same.classes += left.classes;
          else sum.leftOut.push({ ...left });
        }
        cursor = part.nextCursor;
      } while (cursor !== null);
      const { rows, classes, held, leftOut } = sum;
      const none = rows + held === 0 && leftOut.length > 0;
      const tried = none ? words.noneTried : words.tried(rows, classes, held);
      this.result = { code, tried, all: held === 0, leftOut };
      await this.refresh();
      return tried;
    });
  }

  protected override content(): unknown {
    const words = historyWords();
    return html`<section class="card stack">
      ${
        this.causes.length === 0
          ? html`<p class="quiet">${words.noProblems}</p>`
          : html`<p class="quiet">${words.problemsIntro}</p>`
      }
      ${
        // its cause may be gone by now
        this.result && !this.causes.some(({ reason }) => reason.code === this.result?.code)
          ? this.outcome(this.result)
          : nothing
      }
      <ul class="plain lines">
        ${this.causes.map((cause) => this.cause(cause))}
      </ul>
    </section>`;
  }

  private cause({ reason, retry, rows, classes, since }: ProblemCause) {
    const words = historyWords();
    const { code } = reason;
    return html`<li class="stack">
      <div>
        <h2>${messageOf(reason)}</h2>
        <p>${reasonForAdmin({ ...reason, message: '' }, this.console.sis)}</p>
        <p class="quiet small">
          ${words.inClasses(rows, classes)}, ${words.sinceWhen} ${time(since)} · <code>${code}</code>
          ${retry === 'auto' ? words.itself : nothing}
        </p>
      </div>
      <div class="row">
        ${code in CURES ? html`<a href=${to(CURES[code]!)}>${words.cureAt(consoleWords().screens[CURES[code]!])}</a>` : nothing}
        ${this.button(`retry ${code}`, words.retryAll, () => this.retry(code), { about: messageOf(reason) })}
        ${
          this.open?.code === code
            ? nothing
            : this.button(`show ${code}`, words.showClasses, () => this.show(code, null), {
                about: messageOf(reason),
              })
        }
      </div>
      ${this.result?.code === code ? this.outcome(this.result) : nothing}
      ${this.open?.code === code ? this.classes(this.open) : nothing}
    </li>`;
  }

  private outcome({ tried, all, leftOut }: NonNullable<ProblemsScreen['result']>) {
    return note(
      all && leftOut.length === 0 ? 'good' : 'warn',
      html`${tried}
      ${leftOut.map(
        ({ reason, classes }) =>
          html`<br />${historyWords().leftOut(classes, '')} ${messageOf(reason)} ${fixForAdmin(reason)}`,
      )}`,
    );
  }

  private classes({ code, classes, nextCursor }: NonNullable<ProblemsScreen['open']>) {
    const words = historyWords();
    return html`<div data-code=${code}>
      <ul>
        ${classes.map(
          ({ classId, title, domainId, rows }) =>
            html`<li>
              <a href=${to('classes', { id: classId })}>${title}</a>
              <span class="quiet small"
                >${nameOf(this.console.domains, domainId)} · ${words.inClass(rows)}</span
              >
            </li>`,
        )}
      </ul>
      ${
        nextCursor === null
          ? nothing
          : this.button(`more ${code}`, consoleWords().more, () => this.show(code, nextCursor))
      }
    </div>`;
  }
}
customElements.define('problems-screen', ProblemsScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<problems-screen .console=${console} .params=${params}></problems-screen>`;
