/** Texts of ours as HTML. */

/** Signs that HTML would obey are shown instead. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Text of ours, in which `code` is set apart. */
export const inline = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');

/** A path may be broken after each slash, or a narrow screen would scroll. */
export const breakable = (path: string): string => escapeHtml(path).replace(/(?<=.)\//g, '/<wbr>');
