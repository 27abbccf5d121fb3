/**
 * Mail, over the server that the operator names. Not behind the guard of addresses: that address is the operator's own
 * word. What cannot be sent now is thrown, and the queue tries again; what the server will never take is only logged.
 */
import nodemailer from 'nodemailer';
import type { Log } from './log.ts';
import type { Mail } from './passback/ports/background.ts';

export interface MailOptions {
  smtpUrl: string;
  from: string;
}
export interface Mailer {
  send(mail: Mail): Promise<void>;
  close(): void;
}

export function createMailer({ smtpUrl, from }: MailOptions, log: Log): Mailer {
  const transport = nodemailer.createTransport(
    {
      url: smtpUrl,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    // tells mail programs and autoresponders that nobody sits here
    { from, headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } },
  );
  return {
    async send({ to, subject, text, html }) {
      try {
        // an object, so that an address is one, whatever is in it
        await transport.sendMail({ to: { name: '', address: to }, subject, text, html });
      } catch (error) {
        if (!isForGood(error)) throw error;
        log.warn('a notice was refused by the mail server for good', { status: error.responseCode });
      }
    },
    close: () => transport.close(),
  };
}

/** 5xx to the address or the text: it will be the same next time. A refused sign-in or connection can be mended. */
function isForGood(error: unknown): error is { responseCode: number } {
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  return (
    (code === 'EENVELOPE' || code === 'EMESSAGE') && typeof responseCode === 'number' && responseCode >= 500
  );
}
