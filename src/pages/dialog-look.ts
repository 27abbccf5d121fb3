/** A dialog over the page, and the fields in forms. */
import { css } from 'lit';

export const dialogLook = css`
  dialog {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 12px;
    box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
    color: var(--text);
    max-height: calc(100dvh - 2rem);
    max-width: min(46rem, calc(100vw - 1.5rem));
    overflow: auto;
    padding: 1.25rem;
    width: 46rem;
  }
  dialog::backdrop {
    background: rgb(10 14 20 / 55%);
  }
  .foot {
    background: var(--card);
    border-top: 1px solid var(--line);
    bottom: -1.25rem;
    margin: 0 -1.25rem -1.25rem;
    padding: 1rem 1.25rem;
    position: sticky;
  }
`;

export const fieldLook = css`
  label.field {
    display: grid;
    font-weight: 500;
    gap: 0.25rem;
  }
  input:not([type='checkbox'], [type='radio']),
  select,
  textarea {
    background: var(--card);
    border: 1px solid var(--edge);
    border-radius: 8px;
    color: var(--text);
    font: inherit;
    max-width: 100%;
    min-height: 2.5rem;
    padding: 0.375rem 0.625rem;
    width: 100%;
  }
  label.tick {
    align-items: flex-start;
    cursor: pointer;
    display: flex;
    gap: 0.625rem;
    min-height: 2.5rem;
    padding-block: 0.5rem;
  }
  input[type='checkbox'],
  input[type='radio'] {
    accent-color: var(--accent);
    flex: none;
    height: 1.25rem;
    margin: 0.125rem 0 0;
    width: 1.25rem;
  }
  fieldset {
    border: 0;
    margin: 0;
    min-width: 0;
    padding: 0;
  }
  legend,
  summary {
    font-weight: 600;
    padding: 0;
  }
  summary {
    cursor: pointer;
    padding-block: 0.5rem;
    width: fit-content;
  }
  .hint {
    color: var(--quiet);
    font-size: 0.875rem;
    font-weight: 400;
  }
`;
