/** Looking for a text that somebody typed. */

/** For ILIKE: somewhere in a column, whatever the case; `%` and `_` are letters like others. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
