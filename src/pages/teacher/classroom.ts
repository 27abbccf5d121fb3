/** What every part of the teacher's page has at hand, and how a part does what may fail. */
import { LitElement, html, nothing, type PropertyDeclarations } from 'lit';
import type { Api } from '../api.ts';
import type { Sync } from '../answers.ts';
import { note } from '../parts.ts';
import type { ClassData } from './class-data.ts';
import { wordsOf, type Remark } from './remark.ts';

export interface Classroom {
  /** always the one with the token of now */
  readonly api: Api;
  readonly classId: string;
  /** what the SIS is called */
  readonly sis: string;
  /** in plain words, and a 401 ends the page */
  explain(error: unknown): Remark;
  /** said to screen readers; `inEnglish`: in the service's own words */
  announce(text: string, inEnglish?: boolean): void;
  /** a sync was begun: the page follows it */
  follow(sync: Sync): void;
  /** something was decided: the page reads the class again */
  changed(): Promise<void>;
  openAssignment(lineItemId: string): void;
  openSettings(): void;
}

/** A part of the page that asks the API by itself. */
export abstract class ClassroomPart extends LitElement {
  static override properties: PropertyDeclarations = {
    room: { attribute: false },
    data: { attribute: false },
    trouble: { state: true },
    busy: { state: true },
  };
  room!: Classroom;
  data!: ClassData;
  /** why something that was asked for did not happen */
  trouble: Remark | null = null;
  busy = false;
  #turn: Promise<unknown> = Promise.resolve();

  /** One thing at a time; answers whether it came to its end. */
  protected async attempt(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    // the same refusal once more is said once more
    this.trouble = null;
    try {
      await act();
      return true;
    } catch (error) {
      this.trouble = this.room.explain(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** After what is being done, so that nothing that is chosen meanwhile is lost. `last`: nothing more waits. */
  protected async inTurn(act: () => Promise<void>): Promise<{ well: boolean; last: boolean }> {
    const turn = this.#turn.then(() => this.attempt(act));
    this.#turn = turn;
    return { well: await turn, last: this.#turn === turn };
  }

  /** What was pressed may be gone when it is drawn anew: the focus goes on there. */
  protected focusSoon(selector: string): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(selector)?.focus());
  }

  /** The alert is what screen readers say, in the language that it is in: it is announced by nothing else. */
  protected troubleNote(): unknown {
    if (!this.trouble) return nothing;
    return html`<div role="alert">${note(this.trouble.tone, wordsOf(this.trouble))}</div>`;
  }

  protected titleOf(lineItemId: string): string {
    return this.data.assignments.find((a) => a.lineItemId === lineItemId)?.title ?? lineItemId;
  }
}

/** Gives the browser a file to keep. */
export function keepFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
