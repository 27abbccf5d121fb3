/** The look that all components share; the colours are in page.css. */
import { css } from 'lit';

export const look = css`
  :host {
    display: block;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3 {
    line-height: 1.25;
    margin: 0;
    text-wrap: balance;
  }
  h1 {
    font-size: 1.625rem;
    letter-spacing: -0.01em;
  }
  h2 {
    font-size: 1.1875rem;
  }
  h3 {
    font-size: 1rem;
  }
  p {
    margin: 0;
  }
  .quiet {
    color: var(--quiet);
  }
  .small {
    font-size: 0.875rem;
  }
  .card {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 12px;
    box-shadow: var(--shadow);
    padding: 1.25rem;
  }
  .stack {
    display: grid;
    gap: 1rem;
    grid-template-columns: minmax(0, 1fr);
  }
  .row {
    align-items: center;
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.75rem;
  }
  .apart {
    justify-content: space-between;
  }
  button,
  .button {
    align-items: center;
    background: var(--card);
    border: 1px solid var(--edge);
    border-radius: 8px;
    color: var(--text);
    cursor: pointer;
    display: inline-flex;
    font: inherit;
    font-weight: 500;
    justify-content: center;
    min-height: 2.5rem;
    padding: 0.375rem 0.875rem;
  }
  button > svg {
    margin-inline-end: 0.5rem;
  }
  button:hover {
    background: var(--sunken);
  }
  button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
    min-height: 2.75rem;
    padding: 0.5rem 1.25rem;
  }
  button.primary:hover {
    background: var(--accent-hover);
    border-color: var(--accent-hover);
  }
  button[aria-disabled='true'] {
    cursor: default;
    opacity: 0.7;
  }
  button.link {
    background: none;
    border: 0;
    color: var(--accent);
    font-weight: 600;
    min-height: 2.5rem;
    padding: 0;
    text-align: start;
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 0.2em;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  .hidden {
    clip-path: inset(50%);
    height: 1px;
    overflow: hidden;
    position: absolute;
    white-space: nowrap;
    width: 1px;
  }
  .pill {
    align-items: center;
    background: var(--sunken);
    border-radius: 999px;
    color: var(--quiet);
    display: inline-flex;
    font-size: 0.875rem;
    font-weight: 600;
    gap: 0.375rem;
    line-height: 1.3;
    white-space: nowrap;
    padding: 0.1875rem 0.625rem 0.1875rem 0.5rem;
  }
  .pill svg,
  .note svg {
    flex: none;
  }
  .good {
    background: var(--good-ground);
    color: var(--good);
  }
  .busy {
    background: var(--busy-ground);
    color: var(--busy);
  }
  .warn {
    background: var(--warn-ground);
    color: var(--warn);
  }
  .bad {
    background: var(--bad-ground);
    color: var(--bad);
  }
  .note {
    align-items: flex-start;
    border-radius: 8px;
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.625rem;
    padding: 0.75rem 0.875rem;
  }
  .note > svg {
    margin-top: 0.1875rem;
  }
  .note > div {
    flex: 1 1 12rem;
    min-width: 0;
  }
  .note.plain {
    background: var(--sunken);
    color: var(--text);
  }
  a {
    color: var(--accent);
  }
  time {
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: no-preference) {
    .spin {
      animation: spin 1.2s linear infinite;
    }
  }
  @keyframes spin {
    to {
      rotate: 1turn;
    }
  }
`;

/** Tables keep their roles when rows become cards, below 40 rem (display: block alone would take them away). */
export const tableLook = css`
  .table {
    border-collapse: collapse;
    width: 100%;
  }
  .table th,
  .table td {
    border-bottom: 1px solid var(--line);
    padding: 0.625rem 0.75rem;
    text-align: start;
    vertical-align: top;
  }
  .table tbody tr:last-child > * {
    border-bottom: 0;
  }
  .table thead th {
    color: var(--quiet);
    font-size: 0.875rem;
    font-weight: 600;
    white-space: nowrap;
  }
  /* Targets are higher than a line of text; this keeps the first lines of a row on one height. */
  .table tbody button.link,
  .table tbody .switch {
    margin-block: -0.5rem;
  }
  .table tbody th {
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  .label {
    display: none;
  }
  @media (max-width: 40rem) {
    .table,
    .table tbody,
    .table tr,
    .table th,
    .table td {
      display: block;
      width: 100%;
    }
    .table thead {
      clip-path: inset(50%);
      height: 1px;
      overflow: hidden;
      position: absolute;
      width: 1px;
    }
    .table tbody tr {
      border-bottom: 1px solid var(--line);
      padding: 0.75rem 0;
    }
    .table tbody tr:last-child {
      border-bottom: 0;
    }
    .table tbody th,
    .table tbody td {
      border: 0;
      padding: 0.1875rem 0;
    }
    .label {
      color: var(--quiet);
      display: inline-block;
      font-size: 0.875rem;
      margin-inline-end: 0.375rem;
    }
  }
`;
