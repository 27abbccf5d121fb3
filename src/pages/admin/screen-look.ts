/** How the screens of the console look beyond what all pages share. */
import { css } from 'lit';

export const screenLook = css`
  :host([hidden]) {
    display: none;
  }
  /* It gets the focus only when what had it is gone, and is no control. */
  .start:focus {
    outline: none;
  }
  dl.facts {
    display: grid;
    gap: 0.75rem 1.5rem;
    grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr));
    margin: 0;
  }
  .facts dt {
    color: var(--quiet);
    font-size: 0.875rem;
  }
  .facts dd {
    font-weight: 500;
    margin: 0;
    overflow-wrap: anywhere;
  }
  ul.plain,
  ol.plain {
    display: grid;
    gap: 0.75rem;
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .plain > li {
    overflow-wrap: anywhere;
  }
  .lines > li + li {
    border-top: 1px solid var(--line);
    padding-top: 0.75rem;
  }
  .fix {
    display: block;
  }
  form.row {
    align-items: end;
  }
  .filters {
    align-items: end;
    display: grid;
    gap: 0.75rem;
    grid-template-columns: repeat(auto-fill, minmax(min(12rem, 100%), 1fr));
  }
  .secret,
  code {
    font-family: ui-monospace, monospace;
    overflow-wrap: anywhere;
  }
  .secret {
    background: var(--sunken);
    border-radius: 8px;
    display: block;
    padding: 0.625rem 0.75rem;
    user-select: all;
  }
  .scroll {
    overflow-x: auto;
    position: relative;
  }
  td button,
  td.tight,
  .number {
    white-space: nowrap;
  }
  .table td {
    overflow-wrap: anywhere;
  }
  @media (min-width: 56rem) {
    .table th[scope='row'] {
      min-width: 9rem;
    }
  }
  details ul {
    margin: 0;
  }
  details > summary {
    color: var(--accent);
    cursor: pointer;
    font-weight: 600;
    min-height: 2.5rem;
    padding-block: 0.5rem;
  }
  a.button {
    text-decoration: none;
  }
`;
