/**
 * Ordinary work with a payload that may wait a moment: deliveries, mails. Never scores (DESIGN §3). Implemented by
 * src/store over pg-boss; it is done at least once, by any one worker, and again after a failure.
 */
export interface Tasks {
  /** one attempt at the delivery of one event to one endpoint */
  webhook: { deliveryId: string };
  /** one mail to one address */
  mail: Mail;
}
export type TaskName = keyof Tasks;

/** A mail as it goes out. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Does one task; whatever it throws means "again later". */
export type Worker<Name extends TaskName> = (task: Tasks[Name], signal: AbortSignal) => Promise<void>;
