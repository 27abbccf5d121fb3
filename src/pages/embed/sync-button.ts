/** `<sync-grades-button>`: how a class, assignment or student stands, and a press that makes the SIS hold the same. */
import { html, nothing } from 'lit/html.js';
import type { Standing, Sync } from '../answers.ts';
import { path, Problem, Unreachable } from '../api.ts';
import { spoken } from '../language.ts';
import { embedWords } from '../messages/embed.ts';
import { SyncRun } from '../teacher/sync-run.ts';
import { doneWords, faceOf, isMoving, type Face } from './face.ts';
import { GradesElement } from './grades-element.ts';
import { pressOf, standingOf, type About } from './requests.ts';

const DONE_MS = 10_000;
/** Looked at again when the page comes to the front, the network is back, or something moves: not more often. */
const FRESH_MS = 30_000;

export class SyncGradesButton extends GradesElement {
  #standing: Standing | null = null;
  /** what the last press came to, for a moment */
  #result: Sync | null = null;
  /** the live region's text */
  #announcement = '';
  #run = this.#newRun();
  #pressing = false;
  /** the sync that a press of this button has begun, and that somebody must confirm */
  #waiting: string | null = null;
  /** raised when it is about something else: what was asked before is not answered for it */
  #turn = 0;
  /** of several that look at once, the last counts, whichever is answered last */
  #looks = 0;
  #lookedAt = -Infinity;
  #told = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextLook: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#again);
    window.addEventListener('online', this.#again);
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#again);
    window.removeEventListener('online', this.#again);
    clearTimeout(this.#timer);
    clearTimeout(this.#nextLook);
    this.#run.hostDisconnected();
  }

  readonly #again = (): void => {
    const old = this.#freshFor() <= 0 || this.trouble === 'UNREACHABLE';
    if (!document.hidden && old && !this.#run.running) void this.refresh();
  };

  #freshFor(): number {
    return this.#lookedAt + FRESH_MS - performance.now();
  }

  protected override mayBeAnothers(): void {
    this.#lookLater();
  }

  /** Browsers cut off what is less than a millisecond: it would come too early, and do nothing. */
  #lookLater(after = Math.ceil(Math.max(0, this.#freshFor())) + 1): void {
    clearTimeout(this.#nextLook);
    this.#nextLook = setTimeout(this.#again, after);
  }

  protected override renewed(): void {
    super.renewed();
    this.#turn++;
    clearTimeout(this.#timer);
    this.#standing = this.#result = this.#waiting = null;
    this.#pressing = false;
    this.#run.hostDisconnected();
    this.#run = this.#newRun();
    void this.refresh();
  }

  #newRun(): SyncRun {
    return new SyncRun({ addController: () => undefined, requestUpdate: () => this.requestUpdate() });
  }

  /** Looks again how it stands: for a page that knows that a grade has just been entered. */
  async refresh(): Promise<void> {
    const [about, turn, look] = [this.about(), this.#turn, ++this.#looks];
    if (!about.classId || !this.getToken) return;
    this.#lookedAt = performance.now();
    const counts = () => this.#isNow(turn) && look === this.#looks;
    try {
      const standing = await this.ask((api) => api.get<Standing>(standingOf(about)));
      if (!counts()) return;
      const { sync } = standing;
      const isPart = (about.assignmentId ?? about.studentId) !== null;
      // what another press of the class waits for is no matter of one assignment or student
      const isOthers = isPart && sync?.status === 'awaitingConfirmation' && sync.id !== this.#waiting;
      this.#standing = isOthers ? { ...standing, sync: null } : standing;
      this.trouble = null;
      this.requestUpdate();
      // Somebody has pressed elsewhere, or this page was left and is back. Whoever follows keeps a connection, of which
      // a browser has six: none for each of a list of students.
      if (sync?.status === 'processing' && !isPart) {
        if (!this.#run.running) void this.#follow(sync);
      } else if (isMoving(this.#standing))
        // a page may have one for each of its students: they ask less often, and not all at once
        this.#lookLater(isPart ? FRESH_MS * (2 + Math.random()) : undefined);
    } catch (error) {
      if (!counts()) return;
      // it may be somebody else who asks by now, and this is not for him
      if (!(error instanceof Unreachable)) this.#standing = null;
      await this.#fail(error, about, turn, this.trouble);
    }
  }

  /** Still: the page may show something else by now. */
  #isNow(turn: number): boolean {
    return turn === this.#turn && this.isConnected;
  }

  async #press(face: Face): Promise<void> {
    if (face.disabled) return this.#announce(face.below);
    // pressed twice at once: it is one press
    if (this.#pressing) return;
    this.#pressing = true;
    this.requestUpdate();
    this.#result = null;
    clearTimeout(this.#timer);
    const [about, turn] = [this.about(), this.#turn];
    const { where, body } = pressOf(about);
    try {
      const { status, value } = await this.ask((api) => api.request<Sync>('POST', where, body)).finally(
        () => {
          // a later press, for something else, is none of this one's
          if (turn === this.#turn) this.#pressing = false;
        },
      );
      const waits = value.status === 'awaitingConfirmation';
      if (!waits) this.tell('sync-started', { ...about, syncId: value.id, joined: status === 200 });
      if (!this.#isNow(turn)) return;
      this.trouble = null;
      if (!waits) return await this.#follow(value);
      this.#waiting = value.id;
      await this.refresh();
      const { more } = this.#face();
      if (more && this.#isNow(turn)) this.#announce(more);
    } catch (error) {
      await this.#fail(error, about, turn);
      // switched off meanwhile: that is what is shown then
      if (/^(PASSBACK_OFF|DOMAIN_EXCLUDED|NO_CONNECTION)$/.test(this.trouble ?? '')) await this.refresh();
    }
  }

  async #follow(first: Sync): Promise<void> {
    const [about, turn] = [this.about(), this.#turn];
    let ended: Sync | null;
    try {
      ended = await this.ask(async (api) => {
        // the token has taken its time
        if (!this.#isNow(turn)) return null;
        const said = () => this.#announce(this.#face().label);
        const following = this.#run.follow(() => api, first, said);
        // one that has ended already is told by what came of it
        if (this.#run.running) said();
        return following;
      });
    } catch (error) {
      // it has outlasted a second token too: how it stands is asked with a third
      if (error instanceof Problem && error.status === 401 && this.#isNow(turn)) {
        const now = await this.ask((api) => api.get<Sync>(path`syncs/${first.id}`)).catch(() => null);
        if (!this.#isNow(turn)) return;
        return now ? this.#follow(now) : this.refresh();
      }
      if (this.#isNow(turn)) this.#lookLater(FRESH_MS);
      return this.#fail(error, about, turn);
    }
    // null: taken in by the one that is followed already
    if (!ended || !this.#isNow(turn)) return;
    const { id: syncId, status, counts } = ended;
    this.tell('sync-finished', { ...about, syncId, status, counts });
    this.#result = ended;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#result = null;
      this.requestUpdate();
    }, DONE_MS);
    await this.refresh();
    const { more } = this.#face();
    this.#announce(more ? `${doneWords(ended)}. ${more}.` : doneWords(ended));
  }

  /** `known`: shown already, and no news */
  async #fail(error: unknown, about: About, turn: number, known: string | null = null): Promise<void> {
    const code = await this.codeOf(error);
    if (code === 'UNREACHABLE' && this.#isNow(turn)) this.#lookLater(FRESH_MS);
    if (code === known && this.#isNow(turn)) return;
    if (!this.#isNow(turn)) {
      this.tell('sync-error', { ...about, code });
      return;
    }
    this.failed(code);
    this.#announce(this.#face().below);
  }

  /** Said to screen readers; the same text again is said again. */
  #announce(text: string): void {
    this.#announcement = this.#announcement === text ? `${text}\u00a0` : text;
    this.requestUpdate();
  }

  #face(): Face {
    this.speak();
    return faceOf({
      ...{
        pressing: this.#pressing,
        standing: this.#standing,
        result: this.#result,
        trouble: this.trouble,
        run: this.#run,
      },
    });
  }

  protected override drawn(): void {
    const { sync, progress } = this.#run;
    if (!sync || !this.#run.running || this.#run.reading) return;
    const news = `${sync.id} ${progress.done} ${progress.total}`;
    if (news === this.#told) return;
    this.#told = news;
    this.tell('sync-progress', { ...this.about(), syncId: sync.id, ...progress });
  }

  protected content() {
    const face = this.#face();
    const { name, label, badge, below, more, disabled } = face;
    return html`<div class="box ${name}" lang=${spoken()}>
      <button
        class="main"
        part="button"
        type="button"
        aria-disabled=${disabled ? 'true' : nothing}
        @click=${() => this.#press(face)}
      >
        ${name === 'syncing' ? html`<span class="spin"></span>` : nothing}
        <span>${label}</span>${badge ? html` <span class="badge" part="badge">${badge}</span>` : nothing}
      </button>
      <div class="below" part="note">
        ${
          more
            ? html`<button
                class="more"
                part="attention"
                type="button"
                @click=${() => this.openPage('assignments')}
              >
                <span class="dot"></span
                ><span>${more}<span class="hidden"> – ${embedWords().opensTab}</span></span>
              </button>`
            : nothing
        }
        <span>${name === 'done' ? html`<span aria-hidden="true">✓ </span>` : nothing}${below}</span>
      </div>
      <div class="hidden" role="status">${this.#announcement}</div>
    </div>`;
  }
}
