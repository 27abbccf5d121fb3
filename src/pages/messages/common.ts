/** What every page says: states, times, who can help, and the door of a page. */
import type { CellState, Connection, Reason } from '../answers.ts';
import { count, inEach } from '../language.ts';

type Words = Record<string, string>;

const en = {
  states: {
    upToDate: 'Up to date',
    changed: 'Changed',
    notSynced: 'Not synced',
    queued: 'Queued',
    sending: 'Sending',
    retrying: 'Retrying',
    attention: 'Needs attention',
    skipped: 'Skipped',
  },
  /** which of three: it waits here, the SIS said that it has it, or it was seen there */
  standing: {
    here: 'waiting here',
    stored: (sis: string) => `stored by ${sis}`,
    confirmed: (sis: string) => `confirmed by reading ${sis}`,
  },
  counts: {
    none: 'No scores yet',
    upToDate: (n: number, of: number) => `${n} of ${of} up to date`,
    underWay: (n: number) => `${n} under way`,
    attention: (n: number) => count(n, 'needs attention', 'need attention'),
    unsent: (n: number) => `${n} to send`,
    kept: (n: number) => `${n} kept here`,
    skipped: (n: number) => `${n} skipped`,
  },
  scores: (n: number) => count(n, 'score', 'scores'),
  assignments: (n: number) => count(n, 'assignment', 'assignments'),
  statuses: {
    missing: 'Missing',
    excused: 'Excused',
    incomplete: 'Incomplete',
    submitted: 'Submitted',
    notSubmitted: 'Not submitted',
    partiallyGraded: 'Partially graded',
  } as Words,
  /** as OneRoster spells them */
  sisStatuses: {
    exempt: 'Exempt',
    submitted: 'Submitted',
    'not submitted': 'Not submitted',
    'partially graded': 'Partially graded',
  } as Words,
  late: 'late',
  heldBack: 'held back',
  noScore: 'No score',
  nothingYet: 'Nothing yet',
  missing: 'Missing',
  nextTry: (at: string) => `next try ${at}`,
  triedSoon: 'tried again soon',
  today: (clock: string) => `today ${clock}`,
  yesterday: (clock: string) => `yesterday ${clock}`,
  tomorrow: (clock: string) => `tomorrow ${clock}`,
  onDay: (day: string, clock: string) => `${day}, ${clock}`,
  duration: {
    seconds: (n: number) => count(n, 'second', 'seconds'),
    minutes: (n: number) => count(n, 'minute', 'minutes'),
    hours: (n: number) => count(n, 'hour', 'hours'),
    days: (n: number) => count(n, 'day', 'days'),
  },
  sync: {
    waits: 'The sync waits until somebody confirms it.',
    cancelled: 'The sync was cancelled.',
    and: ' and ',
    sent: (what: string, sis: string) => `${what} sent to ${sis}.`,
    sentBut: (what: string, sis: string, problems: string) => `${what} sent to ${sis}, ${problems}.`,
    nothingBut: (problems: string) => `Nothing new was sent; ${problems}.`,
    nothing: 'Nothing to send yet.',
    already: (n: number, sis: string) =>
      `Nothing new to send – ${n === 1 ? 'the score was' : `all ${n} scores were`} already in ${sis}.`,
  },
  trigger: {
    automatic: 'automatically',
    schedule: 'by schedule',
    by: (name: string) => `by ${name}`,
  },
  fixBy: {
    teacher: () => 'You can fix this:',
    admin: () => 'Your administrator can fix this:',
    sis: (sis: string) => `To be fixed in ${sis}:`,
    vendor: () => 'For the operator of grade sync:',
    nobody: () => '',
  } satisfies Record<Reason['fixBy'], (sis: string) => string>,
  connection: {
    working: 'Working',
    untried: 'Not used yet',
    broken: 'Not working',
    waiting: 'Waiting for the SIS',
    paused: 'Paused',
    off: 'Switched off',
    excluded: 'Excluded',
    none: 'Not set up',
  } satisfies Record<Connection['state'], string>,
  refusals: {
    PASSBACK_OFF: 'Your district has not switched on grade sync. Your grades are kept here.',
    DOMAIN_EXCLUDED: 'Your school is excluded from grade sync. Your grades are kept here.',
    NO_CONNECTION: 'No SIS is set up for this class yet. Ask your administrator; your grades are kept here.',
  } as Words,
  theSis: 'the SIS',
  on: 'On',
  off: 'Off',
  tryAgain: 'Try again',
  door: {
    opening: 'Opening…',
    unreachable: 'Grade sync is not reachable',
    unreachableFix: 'Your grades are safe. Check your network, or try again in a moment.',
    used: 'This link has been used or has expired',
    usedWhy: 'Each link opens this page once, and only for a short time.',
    none: 'Open this page from your LMS',
    noneWhy: 'This page needs a link that your LMS makes for you.',
    goBack: 'Go back to your LMS and open grade sync from there; nothing is lost.',
    signIn: 'Sign in as an administrator',
  },
  session: {
    signOut: 'Sign out',
    stay: 'Stay signed in',
    signedOutSoon: 'You are about to be signed out. What you typed is still here.',
    soon: 'This page closes in two minutes. Save what you have typed, then open it again.',
    ended:
      'This page has been open too long and is no longer signed in. What you typed is still here; open the page again from where you came to go on.',
    tooLong: 'This page has been open too long.',
    unreachable: 'Grade sync is not reachable – your grades are safe.',
    reference: (id: string) => ` (reference ${id})`,
    language: 'Language',
  },
};

const es: typeof en = {
  states: {
    upToDate: 'Al día',
    changed: 'Cambió',
    notSynced: 'Sin sincronizar',
    queued: 'En cola',
    sending: 'Enviando',
    retrying: 'Reintentando',
    attention: 'Necesita atención',
    skipped: 'Omitida',
  },
  standing: {
    here: 'espera aquí',
    stored: (sis) => `guardada por ${sis}`,
    confirmed: (sis) => `confirmada al leer ${sis}`,
  },
  counts: {
    none: 'Aún no hay calificaciones',
    upToDate: (n, of) => `${n} de ${of} al día`,
    underWay: (n) => `${n} en curso`,
    attention: (n) => count(n, 'necesita atención', 'necesitan atención'),
    unsent: (n) => `${n} por enviar`,
    kept: (n) => count(n, 'se queda aquí', 'se quedan aquí'),
    skipped: (n) => count(n, 'omitida', 'omitidas'),
  },
  scores: (n) => count(n, 'calificación', 'calificaciones'),
  assignments: (n) => count(n, 'tarea', 'tareas'),
  statuses: {
    missing: 'No entregada',
    excused: 'Eximida',
    incomplete: 'Incompleta',
    submitted: 'Entregada',
    notSubmitted: 'Sin entregar',
    partiallyGraded: 'Calificada en parte',
  },
  sisStatuses: {
    exempt: 'Eximida',
    submitted: 'Entregada',
    'not submitted': 'Sin entregar',
    'partially graded': 'Calificada en parte',
  },
  late: 'con retraso',
  heldBack: 'retenida',
  noScore: 'Sin calificación',
  nothingYet: 'Nada todavía',
  missing: 'No entregada',
  nextTry: (at) => `próximo intento: ${at}`,
  triedSoon: 'se intentará de nuevo pronto',
  today: (clock) => `hoy, ${clock}`,
  yesterday: (clock) => `ayer, ${clock}`,
  tomorrow: (clock) => `mañana, ${clock}`,
  onDay: (day, clock) => `${day}, ${clock}`,
  duration: {
    seconds: (n) => count(n, 'segundo', 'segundos'),
    minutes: (n) => count(n, 'minuto', 'minutos'),
    hours: (n) => count(n, 'hora', 'horas'),
    days: (n) => count(n, 'día', 'días'),
  },
  sync: {
    waits: 'La sincronización espera a que alguien la confirme.',
    cancelled: 'La sincronización se canceló.',
    and: ' y ',
    sent: (what, sis) => `Se envió a ${sis}: ${what}.`,
    sentBut: (what, sis, problems) => `Se envió a ${sis}: ${what}; ${problems}.`,
    nothingBut: (problems) => `No se envió nada nuevo; ${problems}.`,
    nothing: 'Todavía no hay nada que enviar.',
    already: (n, sis) =>
      n === 1
        ? `No hay nada nuevo que enviar: la calificación ya estaba en ${sis}.`
        : `No hay nada nuevo que enviar: las ${n} calificaciones ya estaban en ${sis}.`,
  },
  trigger: {
    automatic: 'automáticamente',
    schedule: 'según el horario',
    by: (name) => `por ${name}`,
  },
  fixBy: {
    teacher: () => 'Usted puede corregirlo:',
    admin: () => 'Su administrador puede corregirlo:',
    sis: (sis) => `Se corrige en ${sis}:`,
    vendor: () => 'Para quien opera este servicio:',
    nobody: () => '',
  },
  connection: {
    working: 'Funciona',
    untried: 'Sin usar todavía',
    broken: 'No funciona',
    waiting: 'Esperando al SIS',
    paused: 'En pausa',
    off: 'Desactivada',
    excluded: 'Excluida',
    none: 'Sin configurar',
  },
  refusals: {
    PASSBACK_OFF:
      'Su distrito no ha activado la sincronización de calificaciones. Sus calificaciones se guardan aquí.',
    DOMAIN_EXCLUDED:
      'Su escuela está excluida de la sincronización de calificaciones. Sus calificaciones se guardan aquí.',
    NO_CONNECTION:
      'Esta clase aún no tiene un SIS configurado. Consulte a su administrador; sus calificaciones se guardan aquí.',
  },
  theSis: 'el SIS',
  on: 'Sí',
  off: 'No',
  tryAgain: 'Intentar de nuevo',
  door: {
    opening: 'Abriendo…',
    unreachable: 'No se puede conectar con la sincronización de calificaciones',
    unreachableFix:
      'Sus calificaciones están a salvo. Revise su red o inténtelo de nuevo dentro de un momento.',
    used: 'Este enlace ya se usó o venció',
    usedWhy: 'Cada enlace abre esta página una sola vez y solo durante poco tiempo.',
    none: 'Abra esta página desde su LMS',
    noneWhy: 'Esta página necesita un enlace que su LMS crea para usted.',
    goBack: 'Vuelva a su LMS y abra desde allí la sincronización de calificaciones; no se pierde nada.',
    signIn: 'Iniciar sesión como administrador',
  },
  session: {
    signOut: 'Cerrar sesión',
    stay: 'Seguir con la sesión',
    signedOutSoon: 'Su sesión está por cerrarse. Lo que escribió sigue aquí.',
    soon: 'Esta página se cierra en dos minutos. Guarde lo que escribió y vuelva a abrirla.',
    ended:
      'Esta página estuvo abierta demasiado tiempo y la sesión terminó. Lo que escribió sigue aquí; para continuar, abra la página de nuevo desde donde vino.',
    tooLong: 'Esta página estuvo abierta demasiado tiempo.',
    unreachable:
      'No se puede conectar con la sincronización de calificaciones; sus calificaciones están a salvo.',
    reference: (id) => ` (referencia ${id})`,
    language: 'Idioma',
  },
};

export const commonWords = inEach({ en, es });

/** The word of a state in {@link commonWords}. */
export const wordOf: Record<CellState, keyof typeof en.states> = {
  acknowledged: 'upToDate',
  verified: 'upToDate',
  unsent: 'notSynced',
  queued: 'queued',
  sending: 'sending',
  retrying: 'retrying',
  needsAttention: 'attention',
  conflict: 'attention',
  skipped: 'skipped',
  suppressed: 'notSynced',
};
