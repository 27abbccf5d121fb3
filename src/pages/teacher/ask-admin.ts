/** Where only an administrator can help: the text to send, ready to copy. Whose address that is, the teacher knows. */
import { css, html, nothing } from 'lit';
import type { Reason } from '../answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { teacherWords } from '../messages/teacher.ts';
import { plainReason } from '../parts.ts';
import { ClassroomPart } from './classroom.ts';

export class AskAdmin extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    reason: { attribute: false },
    shown: { state: true },
    copied: { state: true },
  };
  static override styles = [
    look,
    fieldLook,
    css`
      div {
        display: grid;
        gap: 0.5rem;
        margin-top: 0.5rem;
      }
    `,
  ];
  reason!: Reason;
  shown = false;
  copied = false;

  private get text(): string {
    const { title } = this.data.schoolClass;
    const { message, fix } = plainReason(this.reason);
    return teacherWords().ask.text(title, this.room.classId, message, fix, this.reason.code);
  }

  private async ask(): Promise<void> {
    this.shown = true;
    // a frame may be refused the clipboard: the text is there to be copied by hand
    this.copied = await navigator.clipboard.writeText(this.text).then(
      () => true,
      () => false,
    );
    if (this.copied) this.room.announce(teacherWords().ask.copied);
    await this.updateComplete;
    if (!this.copied) this.renderRoot.querySelector('textarea')?.select();
  }

  override render() {
    const words = teacherWords().ask;
    return html`<button @click=${() => this.ask()}>${words.button}</button> ${
        this.shown
          ? html`<div>
              <textarea rows="3" readonly aria-label=${words.label} .value=${this.text}></textarea>
              ${this.copied ? html`<p class="small quiet">${words.copied}</p>` : nothing}
            </div>`
          : nothing
      }`;
  }
}
customElements.define('ask-admin', AskAdmin);
