/** The head of the teacher's page: the button, how far it is, what came of it, and what holds the class up. */
import { css, html, nothing } from 'lit';
import type { Sync } from '../answers.ts';
import { icon } from '../icons.ts';
import { note, time } from '../parts.ts';
import { triggerWords, type Tone } from '../words.ts';
import { holdUpOf, type ClassData } from './class-data.ts';
import type { SyncRun } from './sync-run.ts';

export interface Remark {
  tone: Tone;
  text: string;
}
export interface HeaderParts {
  data: ClassData;
  sis: string;
  run: SyncRun;
  /** what the last press came to */
  result: Remark | null;
  /** why something that was asked for did not happen */
  trouble: Remark | null;
  press: () => void;
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
  progress {
    accent-color: var(--accent);
    height: 0.75rem;
    width: 100%;
  }
  @media (max-width: 40rem) {
    .head {
      grid-template-columns: minmax(0, 1fr);
    }
    .head button {
      width: 100%;
    }
  }
`;

export function syncHeader(parts: HeaderParts) {
  const { data, sis, run, trouble } = parts;
  const last = data.lastSync;
  return html`<header class="card head">
    <div>
      <h1>Sync grades to ${sis}</h1>
      <p>${data.schoolClass.title}</p>
      <p class="quiet small">
        ${last ? html`Last sync ${time(last.finishedAt ?? last.startedAt)} ${triggerWords(last)}` : 'Not synced yet'}
      </p>
    </div>
    <div>
      <button class="primary" @click=${parts.press}>
        ${run.running ? icon('busy', true) : nothing}Sync grades to SIS
      </button>
    </div>
    ${run.running ? progress(run) : remark(parts.result)} ${remark(trouble)} ${holdUp(parts)}
  </header>`;
}

const remark = (said: Remark | null) =>
  said ? html`<div class="all">${note(said.tone, said.text)}</div>` : nothing;

function progress(run: SyncRun) {
  const { done, total } = run.progress;
  const aside = run.lost
    ? 'Grade sync is not reachable for the moment; the sync goes on.'
    : 'You can leave this page; the sync goes on.';
  return html`<div class="all stack">
    <div>
      ${
        run.reading
          ? html`<label for="progress">Looking at what is there now</label>
              <progress id="progress"></progress>`
          : html`<label for="progress">${done} of ${total} done</label>
              <progress id="progress" max=${total} .value=${done}></progress>`
      }
    </div>
    ${run.sync?.waitingFor ? waiting(run.sync.waitingFor) : html`<p class="small quiet">${aside}</p>`}
  </div>`;
}

function waiting({ message, nextAttemptAt }: NonNullable<Sync['waitingFor']>) {
  const next = nextAttemptAt ? html`, next ${time(nextAttemptAt)}` : nothing;
  return note('warn', html`${message} We keep trying${next}; you need not press again.`);
}

function holdUp({ data, run, trouble }: HeaderParts) {
  const reason = holdUpOf(data.assignments);
  // A refused press, or the progress of a sync that waits, says the same already.
  if (!reason || trouble || run.running) return nothing;
  const tone = reason.code === 'CONNECTION_BROKEN' ? 'bad' : 'warn';
  return html`<div class="all">${note(tone, html`${reason.message} ${reason.fix}`)}</div>`;
}
