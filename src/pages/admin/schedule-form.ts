/** One schedule as it is typed: how often, when, in which zone, with the times that it comes to. */
import { LitElement, html, nothing } from 'lit';
import { Problem, path, type FieldError } from '../api.ts';
import { locale } from '../language.ts';
import { look } from '../look.ts';
import { scheduleWords } from '../messages/admin-schedules.ts';
import { note } from '../parts.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import type { Schedule, SchedulePreview, ScheduleType } from './admin-answers.ts';
import type { Console } from './console.ts';
import { explained } from './for-admin.ts';
import { formLook } from './form-look.ts';
import { asTyped, blank, onTop, timesOf, type Part, type Typed, type Unit } from './schedule-typed.ts';
import { screenLook } from './screen-look.ts';

const HOURS = [1, 2, 3, 4, 6, 8, 12];
const PAUSE_MS = 250;

export class ScheduleForm extends LitElement {
  static override properties = {
    console: { attribute: false },
    schedule: { attribute: false },
    etag: { attribute: false },
    typed: { state: true },
    preview: { state: true },
    errors: { state: true },
    trouble: { state: true },
    stale: { state: true },
    clashing: { state: true },
    busy: { state: true },
  };
  static override styles = [look, formLook, screenLook];
  console!: Console;
  /** null: a new one */
  schedule: Schedule | null = null;
  etag: string | null = null;
  typed = blank;
  preview: SchedulePreview | null = null;
  errors: FieldError[] = [];
  trouble: unknown = null;
  stale = false;
  /** what was typed lies on top of what somebody else has saved meanwhile; these both have changed */
  clashing: Part[] | null = null;
  busy = false;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  /** what was typed into */
  #base = blank;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.schedule) this.typed = this.#base = asTyped(this.schedule);
    void this.look();
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
  }

  private body(): Record<string, unknown> {
    const { type, timeZone } = this.typed;
    const classIds = type === 'rosterPull' ? null : (this.schedule?.classIds ?? null);
    return {
      type,
      ...timesOf(this.typed),
      ...(timeZone.trim() === '' ? {} : { timeZone: timeZone.trim() }),
      ...(classIds === null ? {} : { classIds }),
    };
  }

  private set(part: Partial<Typed>): void {
    this.typed = { ...this.typed, ...part };
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.look(), PAUSE_MS);
  }

  /** When it would run, as it is typed now. */
  private async look(): Promise<void> {
    const asked = ++this.#asked;
    const { api, domain } = this.console;
    // a school's own clock, where the schedule is a school's
    const domainId = this.schedule?.domainId ?? domain.domainId;
    try {
      const preview = await api.post<SchedulePreview>(
        path`domains/${domainId}/schedules/preview`,
        this.body(),
      );
      if (asked === this.#asked) [this.preview, this.errors] = [preview, []];
    } catch (error) {
      if (asked !== this.#asked) return;
      this.preview = null;
      this.errors = error instanceof Problem ? error.errors : [];
    }
  }

  private async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.trouble = null;
    const { api, domain } = this.console;
    try {
      if (this.schedule)
        await api.request(
          'PUT',
          path`schedules/${this.schedule.id}`,
          this.body(),
          this.etag ? { 'if-match': this.etag } : {},
        );
      else await api.post(path`domains/${domain.domainId}/schedules`, this.body());
      this.console.announce(scheduleWords().saved);
      this.dispatchEvent(new CustomEvent('saved'));
    } catch (error) {
      this.stale = error instanceof Problem && error.status === 412;
      if (error instanceof Problem) this.errors = error.errors;
      if (this.stale) this.console.announce(scheduleWords().stale);
      else this.refused(error);
    }
    this.busy = false;
  }

  /** After a 412: what was changed here, on top of what is stored now. */
  private async keepMine(id: string): Promise<void> {
    try {
      const { value, etag } = await this.console.api.request<Schedule>('GET', path`schedules/${id}`);
      const theirs = asTyped(value);
      ({ typed: this.typed, clashing: this.clashing } = onTop(this.#base, this.typed, theirs));
      [this.#base, this.schedule, this.etag, this.stale] = [theirs, value, etag, false];
      this.console.announce(this.onTopWords(this.clashing));
      this.renderRoot.querySelector<HTMLElement>('button.primary')?.focus();
      await this.look();
    } catch (error) {
      this.refused(error);
    }
  }

  private refused(error: unknown): void {
    const { text, inEnglish, shown } = explained(this.console, error);
    this.trouble = shown;
    this.console.announce(text, inEnglish);
  }

  private onTopWords(clashing: Part[]): string {
    const words = scheduleWords();
    const labels = { type: words.type, when: words.when, timeZone: words.zone };
    const named = clashing.map((part) => labels[part]).join(', ');
    return named === '' ? words.onTop : `${words.onTop} ${settingsWords().clashing(named)}`;
  }

  override render(): unknown {
    const words = scheduleWords();
    const { typed } = this;
    const close = () => this.dispatchEvent(new CustomEvent('close'));
    return html`<form class="card stack" novalidate @submit=${(e: Event) => this.save(e)}>
      <h2 tabindex="-1">${this.schedule ? words.formEdit : words.formNew}</h2>
      ${this.select('type', words.type, Object.entries(words.types), (type) => this.set({ type: type as ScheduleType }))}
      ${this.select('unit', words.how, Object.entries(words.units), (unit) => this.set({ unit: unit as Unit }))}
      ${
        typed.unit === 'day' || typed.unit === 'weekday'
          ? this.input('at', words.at, { type: 'time', pointer: '/every/at' })
          : typed.unit === 'hours'
            ? [
                this.select(
                  'hours',
                  words.everyHours,
                  HOURS.map((n): [string, string] => [String(n), String(n)]),
                  (hours) => this.set({ hours }),
                ),
                this.input('minute', words.minute, { type: 'number', pointer: '/every/minute' }),
              ]
            : this.input('cron', words.cron, { hint: words.cronHint, pointer: '/cron' })
      }
      ${this.input('timeZone', words.zone, { hint: words.zoneHint, pointer: '/timeZone' })} ${this.times()}
      ${this.trouble === null ? nothing : note('bad', this.trouble)}
      ${
        this.stale
          ? note(
              'warn',
              words.stale,
              html`<span class="row">
                <button type="button" @click=${() => this.dispatchEvent(new CustomEvent('theirs'))}>
                  ${words.showTheirs}
                </button>
                <button type="button" @click=${() => this.schedule && this.keepMine(this.schedule.id)}>
                  ${words.keepMine}
                </button>
              </span>`,
            )
          : this.clashing
            ? note('plain', this.onTopWords(this.clashing))
            : nothing
      }
      <div class="row">
        <button class="primary" aria-disabled=${this.busy ? 'true' : nothing}>${words.save}</button>
        <button type="button" @click=${close}>${words.cancel}</button>
      </div>
    </form>`;
  }

  private select(
    name: keyof Typed,
    label: string,
    options: [string, string][],
    pick: (value: string) => void,
  ) {
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <select id=${name} @change=${(e: Event) => pick((e.target as HTMLSelectElement).value)}>
        ${options.map(
          ([value, text]) =>
            html`<option value=${value} .selected=${value === this.typed[name]}>${text}</option>`,
        )}
      </select>
    </div>`;
  }

  private input(
    name: keyof Typed,
    label: string,
    { type = 'text', hint = '', pointer }: { type?: string; hint?: string; pointer: string },
  ) {
    const error = this.errors.find((one) => one.pointer === pointer);
    const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
    return html`<div class="field">
      <label for=${name}>${label}</label>
      ${hint ? html`<span class="quiet small" id=${`${name}-hint`}>${hint}</span>` : nothing}
      <input
        id=${name}
        type=${type}
        spellcheck="false"
        autocomplete="off"
        .value=${this.typed[name]}
        aria-invalid=${error ? 'true' : nothing}
        aria-describedby=${described || nothing}
        @input=${(e: Event) => this.set({ [name]: (e.target as HTMLInputElement).value })}
      />
      ${error ? html`<span class="error" id=${`${name}-error`} lang="en">${error.detail}</span>` : nothing}
    </div>`;
  }

  private times() {
    const words = scheduleWords();
    const { preview } = this;
    if (!preview) return nothing;
    // as they are in the schedule's own zone, whatever the reader's is
    const said = (iso: string) =>
      new Date(iso).toLocaleString(locale(), {
        ...({
          weekday: 'short',
          month: 'short',
          day: 'numeric',
          hour: 'numeric',
          minute: '2-digit',
        } as const),
        timeZone: preview.timeZone,
      });
    return html`<div>
      <h3>${words.nextFive}</h3>
      <p class="quiet small">${words.in(preview.timeZone)}</p>
      <ul>
        ${preview.nextRuns.map((iso) => html`<li><time datetime=${iso}>${said(iso)}</time></li>`)}
      </ul>
      ${preview.warnings.slice(0, 1).map(({ runsAt }) => note('warn', words.leaps(said(runsAt))))}
    </div>`;
  }
}
customElements.define('schedule-form', ScheduleForm);
