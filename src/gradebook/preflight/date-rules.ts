/** Due and assign dates against the grading periods of the class, on the school's local calendar. */
import type { LineItemDraft } from '../line-item-draft.ts';
import { holds } from '../grading-periods.ts';
import { sentDate, type LineItemDates } from '../line-item-dates.ts';
import { localDate } from '../local-dates.ts';
import type { Automatic, Hit, Rule } from './finding.ts';

type Dated = LineItemDraft & { dates: LineItemDates };
const whenDated =
  (find: (draft: Dated) => Hit | null) =>
  (draft: LineItemDraft): Hit | null =>
    draft.dates === null ? null : find({ ...draft, dates: draft.dates });

const onDay = ({ cls }: LineItemDraft, date: Date) => localDate(date, cls.timeZone);
const severityOf = ({ cls }: LineItemDraft, mended: boolean) =>
  mended || cls.settings.dueDateOutside === 'send' ? 'warns' : 'blocks';
const moving = (field: string, gives: string, applied: boolean): Automatic => ({
  field,
  gives,
  setting: 'dueDateOutside',
  value: 'moveIntoPeriod',
  applied,
});

export const dateRules: readonly Rule<LineItemDraft>[] = [
  {
    code: 'DUE_MISSING',
    about: 'lineItem',
    field: 'dueDate',
    decidedBy: ['dueDateMissing'],
    find: (draft) => {
      const { dates } = draft;
      if (dates === null) return { severity: 'blocks' };
      if (!dates.byDefault) return null;
      return {
        severity: 'warns',
        automatic: {
          field: 'dueDate',
          gives: onDay(draft, dates.dueDate),
          setting: 'dueDateMissing',
          value: 'endOfGradingPeriod',
          applied: true,
        },
      };
    },
  },
  {
    code: 'DUE_OUTSIDE_PERIOD',
    about: 'lineItem',
    field: 'dueDate',
    decidedBy: ['dueDateOutside'],
    find: whenDated((draft) => {
      const { place, wanted } = draft.dates;
      if (place.trouble !== 'outside') return null;
      const { nearest } = place;
      const moved = nearest !== null && draft.cls.settings.dueDateOutside === 'moveIntoPeriod';
      return {
        severity: severityOf(draft, moved),
        params: {
          dueDate: onDay(draft, wanted.dueDate),
          ...(nearest && { nearest: `${nearest.day}, ${nearest.period.title}` }),
        },
        ...(nearest && { automatic: moving('dueDate', nearest.day, moved) }),
      };
    }),
  },
  {
    // Another period would be open, but which term a grade counts in is nobody's to change by a setting.
    code: 'PERIOD_CLOSED',
    about: 'lineItem',
    field: 'dueDate',
    decidedBy: ['dueDateOutside'],
    find: whenDated((draft) => {
      const { place } = draft.dates;
      if (place.trouble !== 'closed' || place.period === null) return null;
      return { severity: severityOf(draft, false), params: { period: place.period.title } };
    }),
  },
  {
    // OneRoster 1.1 has no lineItem without one
    code: 'PERIOD_UNKNOWN',
    about: 'lineItem',
    field: 'gradingPeriod',
    decidedBy: [],
    find: whenDated((draft) =>
      draft.cls.oneRosterVersion === '1.1' && draft.period === null
        ? { severity: 'blocks', params: { dueDate: onDay(draft, draft.dates.wanted.dueDate) } }
        : null,
    ),
  },
  {
    // 23:59 of the last day is the next day in UTC: SISs that keep that day file it in the next period, or refuse it
    code: 'DUE_TZ_EDGE',
    about: 'lineItem',
    field: 'dueDate',
    decidedBy: ['dueDateForm'],
    find: whenDated((draft) => {
      const { period, dueDate } = draft.dates;
      const { timeZone, settings } = draft.cls;
      const sent = (form: typeof settings.dueDateForm) => sentDate(dueDate, form, timeZone);
      if (period === null || holds(period, sent('instant').slice(0, 10))) return null;
      const applied = holds(period, sent(settings.dueDateForm).slice(0, 10));
      const value = applied ? settings.dueDateForm : 'noonUtc';
      return {
        severity: 'warns',
        params: { period: period.title, date: onDay(draft, dueDate) },
        automatic: { field: 'dueDate', gives: sent(value), setting: 'dueDateForm', value, applied },
      };
    }),
  },
  {
    code: 'ASSIGN_OUTSIDE_PERIOD',
    about: 'lineItem',
    field: 'assignDate',
    decidedBy: ['dueDateOutside'],
    find: whenDated((draft) => {
      const { assignOutside, period, wanted } = draft.dates;
      if (!assignOutside || period === null) return null;
      const assigned = onDay(draft, wanted.assignDate);
      const moved = draft.cls.settings.dueDateOutside === 'moveIntoPeriod';
      return {
        severity: severityOf(draft, moved),
        params: { assignDate: assigned, period: period.title },
        automatic: moving('assignDate', period.startDate, moved),
      };
    }),
  },
];
