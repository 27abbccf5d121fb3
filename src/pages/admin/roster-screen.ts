/** Rosters read from the SIS: begun, followed, and what could not be matched. */
import { html, nothing } from 'lit';
import { Problem, path } from '../api.ts';
import type { Items } from '../answers.ts';
import { consoleWords } from '../messages/admin.ts';
import { dataWords } from '../messages/admin-data.ts';
import { messageOf, note, pill, time } from '../parts.ts';
import type { Tone } from '../words.ts';
import type { RosterPull, Unmatched } from './admin-answers.ts';
import { to, type Console } from './console.ts';
import { fixForAdmin, reasonForAdmin } from './for-admin.ts';
import { Screen } from './screen.ts';

const tones: Record<RosterPull['status'], Tone> = {
  processing: 'busy',
  complete: 'good',
  completeWithProblems: 'warn',
  failed: 'bad',
  cancelled: 'plain',
};

export class RosterScreen extends Screen {
  static override properties = {
    pulls: { state: true },
    open: { state: true },
    off: { state: true },
  };
  pulls: RosterPull[] = [];
  open: { id: string; unmatched: Items<Unmatched> } | null = null;
  /** the setting does not allow it */
  off = false;
  protected override readonly refreshEvery = 3_000;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/rosterPulls`;
  }

  protected override async load(): Promise<() => void> {
    const { items } = await this.console.api.get<Items<RosterPull>>(`${this.where}?limit=10`);
    return () => (this.pulls = items);
  }

  private pull(request: { dryRun?: boolean; confirm?: boolean; full?: boolean }): void {
    void this.act('pull', async () => {
      try {
        const { status } = await this.console.api.request<RosterPull>('POST', this.where, request);
        this.off = false;
        await this.refresh();
        return status === 200 ? dataWords().joined : dataWords().begun;
      } catch (error) {
        this.off = error instanceof Problem && error.code === 'ROSTER_PULL_OFF';
        if (this.off) return dataWords().rosterOff;
        throw error;
      }
    });
  }

  private stop(id: string): void {
    void this.act('stop', async () => {
      await this.console.api.post(path`rosterPulls/${id}` + '/cancel');
      await this.refresh();
      return dataWords().stopped;
    });
  }

  private look(id: string, cursor: string | null): void {
    void this.readPart(`look ${id}`, async () => {
      const query = cursor === null ? '' : path`&cursor=${cursor}`;
      const page = await this.console.api.get<Items<Unmatched>>(
        path`rosterPulls/${id}` + `/unmatched?limit=50${query}`,
      );
      return () => {
        const before = cursor !== null && this.open?.id === id ? this.open.unmatched.items : [];
        this.open = { id, unmatched: { items: [...before, ...page.items], nextCursor: page.nextCursor } };
      };
    });
  }

  protected override content(): unknown {
    const words = dataWords();
    return html`<section class="card stack">
        <p>${words.rosterIntro}</p>
        ${
          this.off
            ? note('warn', html`${words.rosterOff} <a href=${to('settings')}>${words.toSettings}</a>`)
            : nothing
        }
        <div class="row">
          ${this.button('pull', words.pull, () => this.pull({}), { primary: true })}
          ${this.button('try', words.tryPull, () => this.pull({ dryRun: true }))}
        </div>
      </section>
      <section class="card stack" aria-labelledby="pulls">
        <h2 id="pulls">${words.pulls}</h2>
        ${
          this.pulls.length === 0
            ? html`<p class="quiet">${words.noPulls}</p>`
            : html`<ul class="plain lines">
                ${this.pulls.map((pull) => this.one(pull))}
              </ul>`
        }
      </section>`;
  }

  /** The last one has taken nobody out where much was gone, which may be a mistake: somebody may mean it. */
  private hesitates({ id, reason, finishedAt }: RosterPull): boolean {
    // schools' own pulls are listed too: what is confirmed here is this domain's
    const last = this.pulls.find(({ domainId }) => domainId === this.console.domain.domainId);
    if (id !== last?.id || finishedAt === null) return false;
    const told = this.open?.id === id ? this.open.unmatched.items : [];
    return reason?.code === 'ROSTER_SHRUNK' || told.some((one) => one.reason.code === 'ROSTER_MANY_LEAVE');
  }

  private confirmation({ reason, dryRun }: RosterPull) {
    // only who reads the whole list sees what it does not have
    const full = reason?.code === 'ROSTER_SHRUNK';
    const pull = () => this.pull({ confirm: true, full, dryRun });
    return html`<p>${this.button('confirm', dataWords().confirmPull, pull)}</p>`;
  }

  private one(pull: RosterPull) {
    const words = dataWords();
    const { id, counts } = pull;
    const { classes, students } = counts;
    const unmatched = classes.unmatched + students.unmatched;
    return html`<li class="stack">
      <div class="row">
        ${pill({ tone: tones[pull.status], word: words.statuses[pull.status] })}
        <span>${time(pull.startedAt)} · ${pull.startedBy}</span>
        ${pull.dryRun ? html`<span class="quiet small">${words.dry}</span>` : nothing}
      </div>
      ${pull.phase ? html`<p>${words.phases[pull.phase] ?? pull.phase}</p>` : nothing}
      ${pull.reason ? note('warn', reasonForAdmin(pull.reason, this.console.sis)) : nothing}
      ${this.hesitates(pull) ? this.confirmation(pull) : nothing}
      <p class="small">
        ${words.classesFound(classes.linked, classes.filled, classes.created)}<br />
        ${words.studentsFound(students.linked, students.filled, students.created, students.deactivated)}
      </p>
      <div class="row">
        ${pull.status === 'processing' ? this.button('stop', words.stop, () => this.stop(id)) : nothing}
        ${
          unmatched > 0 && pull.finishedAt
            ? this.button(`look ${id}`, words.unmatched(unmatched), () => this.look(id, null))
            : nothing
        }
      </div>
      ${this.open?.id === id ? this.unmatched(this.open) : nothing}
    </li>`;
  }

  private unmatched({ id, unmatched }: NonNullable<RosterScreen['open']>) {
    const words = dataWords();
    const { items, nextCursor } = unmatched;
    if (items.length === 0) return html`<p class="quiet">${words.allMatched}</p>`;
    return html`<div>
      <ul class="plain lines">
        ${items.map(
          ({ kind, sourcedId, classId, studentId, reason }) =>
            html`<li>
              <strong>${words.kinds[kind]}</strong>
              ${[classId, studentId].filter((one) => one !== null).join(' · ')}
              ${sourcedId === null ? nothing : html`<code>${sourcedId}</code> ${words.inSis}`}<br />
              ${messageOf(reason)} <span class="quiet">${fixForAdmin(reason)}</span>
            </li>`,
        )}
      </ul>
      ${nextCursor === null ? nothing : this.button(`more ${id}`, consoleWords().more, () => this.look(id, nextCursor))}
    </div>`;
  }
}
customElements.define('roster-screen', RosterScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<roster-screen .console=${console} .params=${params}></roster-screen>`;
