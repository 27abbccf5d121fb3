/** Group "this service" of the error dictionary. */
import type { Entries } from './entry.ts';

export const ours = {
  GIVEN_UP: {
    message: 'It could not be sent for a long time[ ({hours} hours)][: {because}]',
    means: 'It was tried again and again without success; it is kept here.',
    fix: 'Send it again. If it fails again, tell the administrator.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  INTERRUPTED: {
    message: 'Sending was interrupted because this service restarted.',
    means: 'Nothing is lost; the same is sent again.',
    fix: 'Nothing has to be done.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  DEFECT: {
    message: 'Something went wrong in this service[ (reference {requestId})].',
    means: 'The score is kept; it is tried a few more times.',
    fix: 'If it stays so, tell the administrator.',
    fixBy: 'vendor',
    retry: 'manual',
  },
  SIS_NOT_READ: {
    message: 'What the SIS has for this class (its categories, its school) has not been read yet.',
    means: 'Until then it is not known how the assignment should look there.',
    fix: 'Send the class once, or open its categories; then ask again.',
    fixBy: 'teacher',
    retry: 'auto',
  },
  SIS_NOT_READABLE: {
    message: 'The SIS has no list of its results, or does not show it to this service.',
    means:
      'What somebody typed there cannot be seen before it is overwritten, and what is missing there is not noticed. Scores are sent all the same.',
    fix: 'Ask the SIS to let this service read its gradebook (scope gradebook.readonly); it is tried again after a day, or with the next drift audit.',
    fixBy: 'admin',
    retry: 'auto',
  },
  SETTINGS_SECRET_UNREADABLE: {
    message: 'The stored key of the SIS cannot be opened.',
    means: 'The encryption key of this service was changed or lost; nothing can be sent until it is back.',
    fix: 'Enter the secret of the SIS again, or bring back the encryption key.',
    fixBy: 'admin',
    retry: 'auto',
  },
  SYNC_OVERLAP: {
    message: 'Another sync of this class is under way.',
    means: 'Both are one: everything is sent once.',
    fix: 'Nothing has to be done.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  SCHEDULE_OVERLAP: {
    message: 'The run before it was still under way.',
    means: 'A schedule does nothing twice at once; what has changed since goes with the next run.',
    fix: 'If it happens again and again, let the schedule run less often, or see what holds its syncs up.',
    fixBy: 'admin',
    retry: 'auto',
  },
  SYNC_PARTIAL: {
    message: 'A part of it could not be sent[: {failed} of {total}].',
    means: 'Everything else is in the SIS.',
    fix: 'See what needs attention, put it right, then send the failed ones again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
} satisfies Entries;
