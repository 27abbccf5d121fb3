/** The head of the teacher's page: the button, how far it is, what came of it, and what holds the class up. */
import { css, html, nothing } from 'lit';
import type { Sync } from '../answers.ts';
import { icon } from '../icons.ts';
import { teacherWords } from '../messages/teacher.ts';
import { fixOf, messageOf, note } from '../parts.ts';
import { when } from '../words.ts';
import './ask-admin.ts';
import { holdUpOf, type ClassData } from './class-data.ts';
import type { Classroom } from './classroom.ts';
import { wordsOf, type Remark } from './remark.ts';
import { lastSyncWords } from './sync-result.ts';
import type { SyncRun } from './sync-run.ts';

export interface HeaderParts {
  data: ClassData;
  room: Classroom;
  sis: string;
  run: SyncRun;
  /** what the last press came to */
  result: Remark | null;
  /** why something that was asked for did not happen */
  trouble: Remark | null;
  press: () => void;
  /** everything once more */
  again: () => void;
  stop: () => void;
  /** a sync that waits is looked at */
  look: (sync: Sync) => void;
}

export const headerLook = css`
  .head {
    display: grid;
    gap: 1rem 2rem;
    grid-template-columns: minmax(0, 1fr) auto;
  }
  .head .all {
    grid-column: 1 / -1;
  }
  .head h1,
  .head p {
    overflow-wrap: anywhere;
  }
  .press {
    display: grid;
    gap: 0.5rem;
    justify-items: end;
  }
  progress {
    accent-color: var(--accent);
    height: 0.75rem;
    width: 100%;
  }
  details.more {
    position: relative;
  }
  details.more summary {
    cursor: pointer;
    line-height: 2.5rem;
  }
  @media (max-width: 40rem) {
    .head {
      grid-template-columns: minmax(0, 1fr);
    }
    .press {
      justify-items: stretch;
    }
  }
`;

export function syncHeader(parts: HeaderParts) {
  const { data, sis, run, trouble } = parts;
  const words = teacherWords();
  const last = data.lastSync;
  return html`<header class="card head">
    <div>
      <h1>${words.syncTo(sis)}</h1>
      <p>${data.schoolClass.title}</p>
      <p class="quiet small">${last ? lastSyncWords(last) : words.neverSynced}</p>
      <p class="quiet small">${automatic(data)}</p>
    </div>
    <div class="press">
      <button class="primary" @click=${parts.press}>
        ${run.running ? icon('busy', true) : nothing}${words.sync}
      </button>
      <details class="more small">
        <summary>${words.more}</summary>
        <button @click=${parts.again}>${words.sendAgain}</button>
      </details>
    </div>
    ${run.running ? progress(parts) : remark(parts.result)} ${remark(trouble)} ${holdUp(parts)}
    ${waitsToConfirm(parts)}
  </header>`;
}

function automatic({ sending }: ClassData): unknown {
  const words = teacherWords();
  if (sending.sending !== 'on') return nothing;
  const { on, firstWaits } = sending.automatic;
  const how = on ? (firstWaits ? words.automaticFirst : words.automaticOn) : words.automaticOff;
  return sending.nextScheduledAt ? `${how} ${words.nextRun(when(sending.nextScheduledAt))}` : how;
}

const remark = (said: Remark | null) =>
  said ? html`<div class="all">${note(said.tone, wordsOf(said))}</div>` : nothing;

function progress({ run, stop }: HeaderParts) {
  const { done, total } = run.progress;
  const words = teacherWords();
  return html`<div class="all stack">
    <div>
      ${
        run.reading
          ? html`<label for="progress">${words.reading}</label> <progress id="progress"></progress>`
          : html`<label for="progress">${words.progress(done, total)}</label>
              <progress id="progress" max=${total} .value=${done}></progress>`
      }
    </div>
    <div class="row apart">
      ${run.sync?.waitingFor ? waiting(run.sync.waitingFor) : html`<p class="small quiet">${run.lost ? words.lost : words.leave}</p>`}
      <button @click=${stop}>${words.stop}</button>
    </div>
  </div>`;
}

function waiting(why: NonNullable<Sync['waitingFor']>) {
  const words = teacherWords();
  return note(
    'warn',
    // what was decided here is not tried, but goes on when it is decided otherwise
    html`${messageOf(why)}
    ${why.nextAttemptAt === null ? words.goesOn : words.keepTrying(when(why.nextAttemptAt))}`,
  );
}

function waitsToConfirm({ data, look }: HeaderParts) {
  const { lastSync } = data;
  if (lastSync?.status !== 'awaitingConfirmation') return nothing;
  const words = teacherWords();
  const button = html`<button @click=${() => look(lastSync)}>${words.look}</button>`;
  return html`<div class="all">${note('warn', words.waitsToConfirm, button)}</div>`;
}

function holdUp({ data, room, run, trouble }: HeaderParts) {
  const reason = holdUpOf(data.assignments);
  // A refused press, or the progress of a sync that waits, says the same already.
  if (!reason || trouble || run.running) return nothing;
  const tone = reason.code === 'CONNECTION_BROKEN' ? 'bad' : 'warn';
  const ask =
    reason.fixBy === 'admin'
      ? html`<ask-admin .room=${room} .data=${data} .reason=${reason}></ask-admin>`
      : nothing;
  return html`<div class="all">${note(tone, html`${messageOf(reason)} ${fixOf(reason)} ${ask}`)}</div>`;
}

/** Whose clock the times follow; due dates follow the school's. */
export function zoneLine({ sending }: ClassData): unknown {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const words = teacherWords();
  return html`<p class="small quiet">
    ${own === sending.timeZone ? words.zone(own) : words.zones(own, sending.timeZone)}
  </p>`;
}
