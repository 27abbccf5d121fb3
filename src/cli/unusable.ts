/** What was typed names a file that cannot be read, or leaves out what is needed. */
export class Unusable extends Error {}
