/** The schedules of a domain and below: when each runs next, how it went last; run, pause, change, delete. */
import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { path } from '../api.ts';
import { locale } from '../language.ts';
import { scheduleWords } from '../messages/admin-schedules.ts';
import { pill, time } from '../parts.ts';
import type { Tone } from '../words.ts';
import type { Schedule, ScheduleRun, ScheduleType } from './admin-answers.ts';
import { nameOf, to, type Console } from './console.ts';
import { reasonForAdmin } from './for-admin.ts';
import './schedule-form.ts';
import { Screen } from './screen.ts';

const tones: Record<ScheduleRun['status'], Tone> = {
  running: 'busy',
  complete: 'good',
  completeWithProblems: 'warn',
  failed: 'bad',
  skipped: 'plain',
};

/** where one sees what came of a run */
const results: Record<ScheduleType, string> = {
  gradePassback: to('history', { trigger: 'schedule' }),
  driftAudit: to('drift'),
  rosterPull: to('roster'),
};

export class SchedulesScreen extends Screen {
  static override properties = {
    schedules: { state: true },
    edited: { state: true },
  };
  schedules: Schedule[] = [];
  /** in the form: one with its revision, or a new one */
  edited: { schedule: Schedule | null; etag: string | null } | null = null;
  protected override readonly refreshEvery = 10_000;

  protected override async load(): Promise<() => void> {
    const { api, domain } = this.console;
    const schedules = await api.all<Schedule>(path`domains/${domain.domainId}/schedules`);
    return () => (this.schedules = schedules);
  }

  private press(name: string, schedule: Schedule, what: 'run' | 'pause' | 'resume', said: string): void {
    void this.act(`${name} ${schedule.id}`, async () => {
      await this.console.api.post(path`schedules/${schedule.id}` + `/${what}`);
      await this.refresh();
      return said;
    });
  }

  private all(what: 'pauseAll' | 'resumeAll'): void {
    void this.act(what, async () => {
      const { api, domain } = this.console;
      const { changed } = await api.post<{ changed: number }>(
        path`domains/${domain.domainId}/schedules` + `/${what}`,
      );
      await this.refresh();
      const words = scheduleWords();
      return what === 'pauseAll' ? words.pausedAll(changed) : words.resumedAll(changed);
    });
  }

  private async edit(id: string): Promise<void> {
    await this.act(`edit ${id}`, async () => {
      const { value, etag } = await this.console.api.request<Schedule>('GET', path`schedules/${id}`);
      this.edited = { schedule: value, etag };
      return null;
    });
  }

  private close(): void {
    this.edited = null;
    this.focusSoon('button.primary');
  }

  private async saved(): Promise<void> {
    this.close();
    await this.reload();
  }

  protected override content(): unknown {
    const words = scheduleWords();
    const { schedules, edited } = this;
    return html`${
        edited
          ? // what was typed into one belongs to that one alone
            keyed(
              edited,
              html`<schedule-form
                .console=${this.console}
                .schedule=${edited.schedule}
                .etag=${edited.etag}
                @saved=${() => this.saved()}
                @close=${() => this.close()}
                @theirs=${() => edited.schedule && this.edit(edited.schedule.id)}
              ></schedule-form>`,
            )
          : nothing
      }
      <section class="card stack">
        <div class="row apart">
          <span class="row">
            ${
              edited?.schedule === null
                ? nothing
                : this.button('new', words.add, () => (this.edited = { schedule: null, etag: null }), {
                    primary: true,
                  })
            }
          </span>
          <span class="row">
            ${schedules.some((s) => s.pausedAt === null) ? this.button('pauseAll', words.pauseAll, () => this.all('pauseAll')) : nothing}
            ${schedules.some((s) => s.pausedAt !== null) ? this.button('resumeAll', words.resumeAll, () => this.all('resumeAll')) : nothing}
          </span>
        </div>
        ${schedules.length === 0 ? html`<p class="quiet">${words.none}</p>` : this.table()}
      </section>`;
  }

  private table() {
    const words = scheduleWords();
    return html`<table class="table" role="table" aria-label=${words.caption}>
      <thead role="rowgroup">
        <tr role="row">
          ${[words.when, words.next, words.last, words.by, words.actions].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${this.schedules.map((schedule) => this.row(schedule))}
      </tbody>
    </table>`;
  }

  private interval({ every, interval }: Schedule): unknown {
    const words = scheduleWords();
    if (!every) return html`<span lang="en">${interval}</span>`;
    return every.unit === 'hours' ? words.hours(every.hours, every.minute) : words[every.unit](every.at);
  }

  private row(schedule: Schedule) {
    const words = scheduleWords();
    const { domain, domains, sis } = this.console;
    const elsewhere = schedule.domainId === domain.domainId ? nothing : nameOf(domains, schedule.domainId);
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        ${this.interval(schedule)}<br />
        <span class="quiet small">
          ${words.types[schedule.type]}
          ${schedule.classIds ? words.classes(schedule.classIds.length) : nothing} ${elsewhere} ·
          ${schedule.timeZone}
        </span>
      </th>
      <td role="cell">
        <span class="label">${words.next}</span>
        ${
          schedule.pausedAt === null
            ? schedule.nextRunAt
              ? this.next(schedule.nextRunAt, schedule.timeZone)
              : nothing
            : pill({
                tone: 'warn',
                word: schedule.pausedBy ? words.pausedBy(schedule.pausedBy) : words.paused,
              })
        }
        ${schedule.waitingFor ? html`<br /><span class="small">${reasonForAdmin(schedule.waitingFor, sis)}</span>` : nothing}
      </td>
      <td role="cell"><span class="label">${words.last}</span> ${this.last(schedule)}</td>
      <td role="cell"><span class="label">${words.by}</span> ${schedule.postedBy}</td>
      <td role="cell">${this.presses(schedule)}</td>
    </tr>`;
  }

  /** In the schedule's own zone, which stands beside it. */
  private next(iso: string, timeZone: string) {
    const said = new Date(iso).toLocaleString(locale(), {
      ...({ weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const),
      timeZone,
    });
    return html`<time datetime=${iso}>${said}</time>`;
  }

  private last({ type, lastRun }: Schedule) {
    const words = scheduleWords();
    if (!lastRun) return html`<span class="quiet">${words.notYet}</span>`;
    return html`${pill({ tone: tones[lastRun.status], word: words.statuses[lastRun.status] })}<br />
      <span class="quiet small">${time(lastRun.startedAt)}</span>
      <a class="small" href=${results[type]}
        >${words.cameOfIt}<span class="hidden"> – ${words.types[type]}</span></a
      >`;
  }

  private presses(schedule: Schedule) {
    const words = scheduleWords();
    const { id } = schedule;
    // what it is about, for those who do not see the row
    const about = { about: `${words.types[schedule.type]}, ${schedule.cron}` };
    const remove = this.removal(
      id,
      { button: words.remove, ask: words.removeAsk, yes: words.remove, done: words.removed, ...about },
      () => this.console.api.request('DELETE', path`schedules/${id}`),
    );
    if (this.doomed === id) return remove;
    return html`<span class="row">
      ${
        schedule.lastRun?.status === 'running'
          ? nothing
          : this.button(
              `run ${id}`,
              words.run,
              () => this.press('run', schedule, 'run', words.running),
              about,
            )
      }
      ${
        schedule.pausedAt === null
          ? this.button(
              `pause ${id}`,
              words.pause,
              () => this.press('pause', schedule, 'pause', words.paused),
              about,
            )
          : this.button(
              `resume ${id}`,
              words.resume,
              () => this.press('resume', schedule, 'resume', words.resume),
              about,
            )
      }
      ${this.button(`edit ${id}`, words.edit, () => this.edit(id), about)} ${remove}
    </span>`;
  }
}
customElements.define('schedules-screen', SchedulesScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<schedules-screen .console=${console} .params=${params}></schedules-screen>`;
