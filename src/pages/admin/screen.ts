/** One screen of the console: it reads when it opens, says so when it cannot, and does one thing at a time. */
import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from 'lit';
import { Problem } from '../api.ts';
import { look, tableLook } from '../look.ts';
import { switchLook } from '../page-look.ts';
import { english, note } from '../parts.ts';
import { consoleWords } from '../messages/admin.ts';
import type { Console } from './console.ts';
import { formLook } from './form-look.ts';
import { screenLook } from './screen-look.ts';

/** where a screen begins */
const START = '.start';

export abstract class Screen extends LitElement {
  static override properties: PropertyDeclarations = {
    console: { attribute: false },
    params: { attribute: false },
    stage: { state: true },
    trouble: { state: true },
    busy: { state: true },
    doomed: { state: true },
  };
  static override styles = [look, tableLook, switchLook, formLook, screenLook];
  console!: Console;
  /** what the link said beside the screen's name: filters, an id */
  params = new URLSearchParams();
  stage: 'loading' | 'ready' | 'failed' = 'loading';
  trouble: string | null = null;
  /** the name of what is being done now */
  busy: string | null = null;
  /** the id of what somebody is asked about, whether it is to go */
  doomed: string | null = null;
  #asked = 0;
  #reloads = 0;
  #reading = false;
  /** the trouble is told in the service's own words, which are English */
  #foreign = false;
  /** milliseconds; what changes by itself is read again while somebody looks at it */
  protected readonly refreshEvery: number | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Reads everything; what it gives puts it on the screen. */
  protected abstract load(): Promise<() => void>;
  protected abstract content(): unknown;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.refreshEvery === null) return;
    this.#timer = setInterval(() => {
      // what was read last stays where it cannot be read now
      const idle = this.stage === 'ready' && this.busy === null && !this.#reading;
      if (document.visibilityState === 'visible' && idle) void this.refresh().catch(() => undefined);
    }, this.refreshEvery);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('params')) void this.reload();
  }

  /** Reads everything, and says so when it cannot. */
  async reload(): Promise<void> {
    const reload = ++this.#reloads;
    this.#reading = true;
    if (this.stage === 'failed') this.stage = 'loading';
    try {
      await this.refresh();
      if (reload !== this.#reloads) return;
      this.stage = 'ready';
      this.trouble = null;
    } catch (error) {
      if (reload !== this.#reloads) return;
      this.stage = 'failed';
      this.refused(error);
    } finally {
      if (reload === this.#reloads) this.#reading = false;
    }
  }

  /** Reads everything anew. An answer that comes after something later was asked for (another filter) is not shown. */
  protected async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const show = await this.load();
    if (asked === this.#asked) show();
  }

  /** Reads a part of it at a press; it has no place any more where everything was asked for anew meanwhile. */
  protected async readPart(name: string, from: () => Promise<() => void>): Promise<boolean> {
    if (this.#reading) return false;
    return this.act(name, async () => {
      const asked = this.#asked;
      const show = await from();
      if (asked === this.#asked) show();
      return null;
    });
  }

  /** One press: what it does, and what is said when it is done. False: it was refused, and says why. */
  protected async act(name: string, work: () => Promise<string | null>): Promise<boolean> {
    if (this.busy !== null) return false;
    const pressed = this.shadowRoot?.activeElement;
    this.busy = name;
    [this.trouble, this.#foreign] = [null, false];
    let well = false;
    try {
      const said = await work();
      if (said) this.console.announce(said);
      well = true;
    } catch (error) {
      this.refused(error);
    } finally {
      // also where it went wrong in a way that nobody has thought of
      this.busy = null;
    }
    await this.updateComplete;
    // what was pressed is gone, and the focus with it
    if (pressed && !pressed.isConnected && document.activeElement === document.body) this.focusSoon(START);
    return well;
  }

  /** What stands in the way, and at which fields of what was sent. */
  protected refused(error: unknown): void {
    const ofService = error instanceof Problem && error.status !== 401;
    const fields = ofService
      ? error.errors.map(({ pointer, detail }) => ` ${pointer.replace(/^[/?]/, '')}: ${detail}.`)
      : [];
    this.trouble = this.console.explain(error) + fields.join('');
    this.#foreign = ofService;
    this.console.announce(this.trouble, ofService);
  }

  override render(): unknown {
    const words = consoleWords();
    if (this.stage === 'loading')
      return html`<section class="card" aria-busy="true"><p class="quiet">${words.loading}</p></section>`;
    if (this.stage === 'failed')
      return html`<section class="card stack">
        ${this.troubleNote()}
        <p><button class="primary" @click=${() => this.reload()}>${words.tryAgain}</button></p>
      </section>`;
    return html`<div class="stack start" tabindex="-1">${this.troubleNote()} ${this.content()}</div>`;
  }

  private troubleNote() {
    if (this.trouble === null) return nothing;
    return note('bad', this.#foreign ? english(this.trouble) : this.trouble);
  }

  /** What had the focus may be gone when it is drawn anew: it goes on there. */
  protected focusSoon(selector: string): void {
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(selector)?.focus({ preventScroll: selector === START }),
    );
  }

  /**
   * A button that takes something away and, once it is pressed, the question whether that is meant. The focus goes from
   * the button to the question and back; when the thing is gone, to the beginning of the screen.
   */
  protected removal(
    id: string,
    words: { button: string; ask: string; yes: string; done: string; about?: string },
    remove: () => Promise<unknown>,
  ) {
    const name = `ask ${id}`;
    const ask = () => {
      this.doomed = id;
      this.focusSoon('.asked button');
    };
    if (this.doomed !== id) return this.button(name, words.button, ask, { about: words.about ?? '' });
    const keep = () => {
      this.doomed = null;
      this.focusSoon(`[data-name="${CSS.escape(name)}"]`);
    };
    const sure = () =>
      this.act('sure', async () => {
        await remove();
        this.doomed = null;
        await this.refresh();
        return words.done;
      });
    return note(
      'warn',
      words.ask,
      html`<span class="row asked">
        ${this.button('sure', words.yes, sure)} ${this.button('not', consoleWords().cancel, keep)}
      </span>`,
    );
  }

  /** A button that does one thing, and cannot be pressed again meanwhile. */
  protected button(
    name: string,
    text: string,
    press: () => unknown,
    { primary = false, about = '' }: { primary?: boolean; about?: unknown } = {},
  ) {
    return html`<button
      type="button"
      class=${primary ? 'primary' : ''}
      data-name=${name}
      aria-disabled=${this.busy !== null ? 'true' : nothing}
      @click=${() => this.busy === null && press()}
    >
      ${this.busy === name ? `${text}…` : text}${about ? html`<span class="hidden"> – ${about}</span>` : nothing}
    </button>`;
  }
}
