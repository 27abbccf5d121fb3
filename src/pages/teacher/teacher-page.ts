/** The teacher's page: is everything in the SIS, what is not and why, and the button that makes it so. */
import { css, html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { look } from '../look.ts';
import { commonWords } from '../messages/common.ts';
import { teacherWords } from '../messages/teacher.ts';
import { pageLook } from '../page-look.ts';
import { note } from '../parts.ts';
import type { SignIn } from '../session.ts';
import { allAssignments } from './all-assignments.ts';
import './assignment-page.ts';
import type { AssignmentTable } from './assignment-table.ts';
import { syncsToSis, type Assignment, type ClassData, type Standing } from './class-data.ts';
import { ClassPage } from './class-page.ts';
import './class-settings.ts';
import { fitFrame } from './frame.ts';
import './review-dialog.ts';
import './sync-detail.ts';
import { wordsOf, type Remark } from './remark.ts';
import { headerLook, syncHeader, zoneLine } from './sync-header.ts';
import './sync-log.ts';
import { tabList, tabNames, tabsLook, type Tab } from './tabs.ts';

export class TeacherPage extends ClassPage {
  static override properties = {
    ...ClassPage.properties,
    tab: { state: true },
    syncId: { state: true },
    filter: { state: true },
  };
  static override styles = [
    look,
    pageLook,
    headerLook,
    tabsLook,
    css`
      .skeleton {
        background: var(--sunken);
        border-radius: 8px;
        height: 3rem;
      }
      .steps {
        display: grid;
        gap: 1rem;
        grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr));
        margin: 0;
        padding-inline-start: 1.25rem;
      }
      .steps button {
        margin-top: 0.5rem;
      }
    `,
  ];
  tab: Tab = 'assignments';
  syncId: string | null = null;
  filter: Standing | null = null;
  #returnTo: string | null = null;

  protected override async opened(signIn: SignIn): Promise<void> {
    this.classId = this.target.get('class') ?? signIn.classIds?.[0] ?? '';
    addEventListener('popstate', () => this.#show(new URLSearchParams(location.hash.slice(1))));
    fitFrame();
    await this.load();
    // where the link leads to is a place that one may come back to; its code is no part of that
    const where = placeIn(this.target);
    if (where.size > 0) history.replaceState(null, '', `#${where.toString()}`);
    this.#show(where);
    this.refreshLater();
  }

  #go(to: { assignment?: string; sync?: string; tab?: Tab }): void {
    const where = new URLSearchParams(to);
    history.pushState(null, '', `#${where.toString()}`);
    this.#show(where);
  }

  #show(where: URLSearchParams): void {
    const lineItemId = where.get('assignment');
    const tab = where.get('tab');
    this.syncId = where.get('sync');
    this.tab = this.syncId === null ? (tabNames.find((name) => name === tab) ?? 'assignments') : 'log';
    this.#returnTo = lineItemId === null ? this.openId : null;
    if (lineItemId !== this.openId) this.cells = null;
    this.openId = lineItemId;
    if (lineItemId === null) return;
    void this.loadCells(lineItemId);
  }

  protected override openAssignment(assignment: string): void {
    this.#go({ assignment });
  }

  protected override openSettings(): void {
    this.#go({ tab: 'settings' });
  }

  /** Back from an assignment, focus is where it was. */
  override updated(): void {
    if (this.data) document.title = `${teacherWords().title} – ${this.data.schoolClass.title}`;
    if (this.#returnTo === null || this.openId !== null) return;
    const id = `open-${this.#returnTo}`;
    this.#returnTo = null;
    const table = this.renderRoot.querySelector<AssignmentTable>('assignment-table');
    void table?.updateComplete.then(() =>
      table.renderRoot.querySelector<HTMLElement>(`#${CSS.escape(id)}`)?.focus(),
    );
  }

  protected override content(): unknown {
    if (!this.data) return this.trouble === null ? this.skeleton() : this.failed(this.trouble);
    const { data } = this;
    const header = syncHeader({
      data,
      room: this.room,
      sis: this.sis,
      run: this.run,
      result: this.result,
      trouble: this.trouble,
      press: () => this.press(),
      again: () => (this.review = { mode: 'all', waiting: null }),
      stop: () => void this.stop(),
      look: (waiting) => (this.review = { mode: 'changes', waiting }),
    });
    const item = data.assignments.find((a) => a.lineItemId === this.openId);
    const tabs = html`${tabList(this.tab, (tab) => this.#go({ tab }))}
      <div id="panel" class="stack" role="tabpanel" aria-labelledby=${`tab-${this.tab}`}>
        ${this.panel(data)}
      </div>`;
    return [
      header,
      this.late ? note('warn', teacherWords().partial) : nothing,
      item ? this.oneAssignment(data, item) : tabs,
      zoneLine(data),
      this.dialog(data),
    ];
  }

  private panel(data: ClassData) {
    const { room } = this;
    if (this.tab === 'settings') return html`<class-settings .room=${room} .data=${data}></class-settings>`;
    if (this.syncId !== null)
      return keyed(
        this.syncId,
        html`<sync-detail
          .room=${room}
          .data=${data}
          .syncId=${this.syncId}
          @close-sync=${() => this.#go({ tab: 'log' })}
        ></sync-detail>`,
      );
    if (this.tab === 'log')
      return html`<sync-log
        .room=${room}
        .data=${data}
        @open-sync=${(e: CustomEvent<string>) => this.#go({ sync: e.detail })}
      ></sync-log>`;
    return allAssignments({
      ...{ data, room, saving: this.saving, filter: this.filter },
      choose: (filter) => (this.filter = filter),
      toggle: (ids, on) => void this.toggle(ids, on),
      switchAll: () =>
        void this.toggle(
          data.assignments.filter((a) => !syncsToSis(a)).map((a) => a.lineItemId),
          true,
        ),
    });
  }

  private oneAssignment(data: ClassData, item: Assignment) {
    const { lineItemId } = item;
    // a page for each: what is typed or chosen for one assignment must never be saved to the next
    return keyed(
      lineItemId,
      html`<assignment-page
        .room=${this.room}
        .data=${data}
        .item=${item}
        .cells=${this.cells}
        .sending=${this.sending}
        .saving=${this.saving.has(lineItemId)}
        @close-assignment=${() => this.#go({ tab: 'assignments' })}
        @switch-assignment=${(e: CustomEvent<{ on: boolean }>) => this.toggle([lineItemId], e.detail.on)}
        @sync-assignment=${() => this.begin(lineItemId)}
        @send-student=${(e: CustomEvent<string>) => this.sendOne(e.detail)}
      ></assignment-page>`,
    );
  }

  private dialog(data: ClassData) {
    if (this.review === null) return nothing;
    return html`<review-dialog
      .room=${this.room}
      .data=${data}
      .mode=${this.review.mode}
      .waiting=${this.review.waiting}
      @done=${() => (this.review = null)}
    ></review-dialog>`;
  }

  private skeleton() {
    return html`<div class="card stack" aria-busy="true">
      <h1>${teacherWords().title}</h1>
      <p class="quiet">${teacherWords().loading}</p>
      ${[1, 2, 3, 4].map(() => html`<div class="skeleton"></div>`)}
    </div>`;
  }

  private failed(said: Remark) {
    return html`<section class="card stack">
      <h1>${teacherWords().title}</h1>
      ${note(said.tone, wordsOf(said))}
      <p><button class="primary" @click=${() => this.load()}>${commonWords().tryAgain}</button></p>
    </section>`;
  }
}
/** What of a link says which part of the page is meant. */
function placeIn(link: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...link].filter(([name]) => ['assignment', 'sync', 'tab'].includes(name)));
}
customElements.define('teacher-page', TeacherPage);
