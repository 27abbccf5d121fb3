/** The first screen: does it work, what waits, what went wrong within a day, and who must look at what. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { consoleWords } from '../messages/admin.ts';
import { overviewWords } from '../messages/admin-overview.ts';
import { messageOf, pill, time } from '../parts.ts';
import { connectionWord, number, triggerWords } from '../words.ts';
import type { Overview, PastSync } from './admin-answers.ts';
import './connection-card.ts';
import { to, type Console } from './console.ts';
import './first-hour.ts';
import { Screen } from './screen.ts';

const REFRESH_MS = 30_000;
const MOST = 5;

export class OverviewScreen extends Screen {
  static override properties = { overview: { state: true }, running: { state: true } };
  overview!: Overview;
  running: PastSync[] = [];
  protected override readonly refreshEvery = REFRESH_MS;

  protected override async load(): Promise<() => void> {
    const { api, domain } = this.console;
    const where = path`domains/${domain.domainId}`;
    const overview = await api.get<Overview>(`${where}/overview`);
    const processing = path`syncs?domainId=${domain.domainId}` + `&status=processing&limit=${MOST}`;
    const running = overview.syncs.processing > 0 ? (await api.get<Items<PastSync>>(processing)).items : [];
    return () => ([this.overview, this.running] = [overview, running]);
  }

  protected override content(): unknown {
    const { overview } = this;
    return html`<first-hour .console=${this.console} .overview=${overview}></first-hour>
      <connection-card .console=${this.console}></connection-card>
      ${this.below()} ${this.causes()} ${this.lastDay()} ${this.runningNow()}`;
  }

  private below() {
    const { below } = this.overview;
    if (below.length === 0) return nothing;
    return html`<section class="card stack" aria-labelledby="below">
      <h2 id="below">${overviewWords().below}</h2>
      <ul class="plain">
        ${below.map(({ name, state }) => html`<li class="row">${pill(connectionWord(state))} ${name}</li>`)}
      </ul>
    </section>`;
  }

  private causes() {
    const words = overviewWords();
    const { problems } = this.overview;
    return html`<section class="card stack" aria-labelledby="causes">
      <h2 id="causes">${words.causes}</h2>
      ${
        problems.length === 0
          ? html`<p class="quiet">${words.noCauses}</p>`
          : html`<ul class="plain lines">
              ${problems.slice(0, MOST).map(
                ({ reason, rows, classes }) =>
                  html`<li>
                    <a href=${to('problems', { code: reason.code })}>${messageOf(reason)}</a><br />
                    <span class="quiet small">${words.inClasses(rows, classes)}</span>
                  </li>`,
              )}
            </ul>`
      }
      ${problems.length > MOST ? html`<p><a href=${to('problems')}>${words.allCauses(problems.length)}</a></p>` : nothing}
    </section>`;
  }

  private lastDay() {
    const words = overviewWords();
    const { lastDay, syncs, schedules } = this.overview;
    const fact = (name: string, value: unknown) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
    return html`<section class="card stack" aria-labelledby="day">
      <div class="row apart">
        <h2 id="day">${words.lastDay}</h2>
        <a href=${to('history')}>${words.toHistory}</a>
      </div>
      <dl class="facts">
        ${fact(words.sent, number(lastDay.sent))} ${fact(words.failed, number(lastDay.failed))}
        ${lastDay.conflicts > 0 ? fact(words.conflicts, number(lastDay.conflicts)) : nothing}
        ${fact(words.now, words.syncs(syncs.processing))}
        ${
          syncs.awaitingConfirmation > 0
            ? fact(
                words.awaiting,
                html`<a href=${to('history', { status: 'awaitingConfirmation' })}
                  >${words.syncs(syncs.awaitingConfirmation)}</a
                >`,
              )
            : nothing
        }
        ${
          schedules.all > 0
            ? fact(words.nextSchedule, schedules.nextRunAt ? time(schedules.nextRunAt) : words.allPaused)
            : nothing
        }
      </dl>
    </section>`;
  }

  private runningNow() {
    if (this.running.length === 0) return nothing;
    return html`<section class="card stack" aria-labelledby="running">
      <h2 id="running">${overviewWords().running}</h2>
      <ul class="plain">
        ${this.running.map(
          (sync) =>
            html`<li>
              <a href=${to('history', { id: sync.id })}>${sync.classTitle}</a>
              <span class="quiet small">
                ${triggerWords(sync)} · ${time(sync.startedAt)} · ${consoleWords().grades(sync.pending)}
              </span>
            </li>`,
        )}
      </ul>
    </section>`;
  }
}
customElements.define('overview-screen', OverviewScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<overview-screen .console=${console} .params=${params}></overview-screen>`;
