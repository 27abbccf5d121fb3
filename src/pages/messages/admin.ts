/** The frame of the admin's console: its ways, the pause banner, what every screen says. */
import type { Reason } from '../answers.ts';
import { count, inEach } from '../language.ts';

type FixBy = Record<Reason['fixBy'], (sis: string) => string>;
const inCapitals = (_all: string, letter: string) => letter.toUpperCase();

const en = {
  product: 'Grade passback',
  title: (screen: string, domain: string) => `${screen} – ${domain}`,
  unsavedFirst: (screens: string) => `Save or discard first what you have typed here: ${screens}.`,
  timesIn: (zone: string) => `Times are in ${zone}, where a schedule does not say otherwise.`,
  menu: 'Menu',
  ways: 'Console',
  viewing: 'District or school',
  screens: {
    overview: 'Overview',
    settings: 'SIS settings',
    schedules: 'Schedules',
    history: 'History',
    problems: 'Problems',
    drift: 'Compare with the SIS',
    classes: 'Find a class',
    categories: 'Categories',
    ids: 'SIS ids',
    roster: 'Rosters from the SIS',
    keys: 'API keys',
    webhooks: 'Webhooks',
    lti: 'LMS (LTI)',
    signin: 'Admin sign-in',
    activity: 'Activity',
  },
  fixBy: {
    teacher: () => 'The teacher can fix this:',
    admin: () => '',
    sis: (sis) => `To be fixed in ${sis}:`,
    vendor: () => 'For the operator of grade sync:',
    nobody: () => '',
  } as FixBy,
  /** a cure that sends others to the administrator */
  asAdmin: (fix: string) =>
    fix
      .replace(/^Ask the administrator to (\w)/, inCapitals)
      .replace(/^Ask the administrator if /, 'Decide whether '),
  loading: 'Loading…',
  tryAgain: 'Try again',
  newRelease: 'This part of the page could not be loaded.',
  reload: 'Reload the page',
  theSis: 'the SIS',
  grades: (n: number) => count(n, 'grade', 'grades'),
  classes: (n: number) => count(n, 'class', 'classes'),
  pausedBy: (who: string | null) => (who ? `Sending is paused by ${who}` : 'Sending is paused'),
  since: 'since',
  pausedAbove: (name: string) => `It is paused in ${name}, and can be resumed only there.`,
  offline: 'Grade sync is not reachable. What you see here may have changed; it is read again by itself.',
  kept: (n: number) =>
    n > 0 ? `${count(n, 'grade waits', 'grades wait')}; nothing is lost.` : 'Nothing is lost.',
  pause: 'Pause all sending',
  resume: 'Resume sending',
  paused: 'All sending is paused.',
  resumed: 'Sending goes on.',
  more: 'Show more',
  nothing: 'None',
  none: '–',
  cancel: 'Cancel',
  remove: 'Delete',
  removeReally: 'Really delete?',
  copy: 'Copy',
  copied: 'Copied.',
  changed: 'Saved.',
};

const es: typeof en = {
  product: 'Envío de calificaciones',
  title: (screen, domain) => `${screen} – ${domain}`,
  unsavedFirst: (screens) => `Primero guarde o descarte lo que escribió aquí: ${screens}.`,
  timesIn: (zone) => `Horas de la zona ${zone}, salvo que un horario indique otra.`,
  menu: 'Menú',
  ways: 'Consola',
  viewing: 'Distrito o escuela',
  screens: {
    overview: 'Resumen',
    settings: 'Configuración del SIS',
    schedules: 'Horarios',
    history: 'Historial',
    problems: 'Problemas',
    drift: 'Comparar con el SIS',
    classes: 'Buscar una clase',
    categories: 'Categorías',
    ids: 'Identificadores del SIS',
    roster: 'Listas desde el SIS',
    keys: 'Claves de API',
    webhooks: 'Webhooks',
    lti: 'LMS (LTI)',
    signin: 'Acceso de administradores',
    activity: 'Actividad',
  },
  fixBy: {
    teacher: () => 'El docente puede corregirlo:',
    admin: () => '',
    sis: (sis) => `Se corrige en ${sis}:`,
    vendor: () => 'Para quien opera este servicio:',
    nobody: () => '',
  },
  asAdmin: (fix) =>
    fix
      .replace(/^Pida a su administrador que (\p{L})/u, inCapitals)
      .replace(/^Consulte a su administrador si /, 'Decida si '),
  loading: 'Cargando…',
  tryAgain: 'Intentar de nuevo',
  newRelease: 'No se pudo cargar esta parte de la página.',
  reload: 'Volver a cargar la página',
  theSis: 'el SIS',
  grades: (n) => count(n, 'calificación', 'calificaciones'),
  classes: (n) => count(n, 'clase', 'clases'),
  pausedBy: (who) => (who ? `${who} puso el envío en pausa` : 'El envío está en pausa'),
  since: 'desde',
  pausedAbove: (name) => `La pausa es de ${name} y solo allí se puede reanudar.`,
  offline:
    'No se puede conectar con la sincronización. Lo que ve aquí puede haber cambiado; se vuelve a leer por sí solo.',
  kept: (n) =>
    n > 0
      ? `${count(n, 'calificación espera', 'calificaciones esperan')}; no se pierde nada.`
      : 'No se pierde nada.',
  pause: 'Pausar todos los envíos',
  resume: 'Reanudar los envíos',
  paused: 'Todos los envíos están en pausa.',
  resumed: 'Los envíos continúan.',
  more: 'Mostrar más',
  nothing: 'Ninguna',
  none: '–',
  cancel: 'Cancelar',
  remove: 'Eliminar',
  removeReally: '¿Eliminar de verdad?',
  copy: 'Copiar',
  copied: 'Copiado.',
  changed: 'Guardado.',
};

export const consoleWords = inEach({ en, es });
