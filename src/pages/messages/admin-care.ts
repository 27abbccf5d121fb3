/** The comparison with the SIS, and the categories of a whole district. */
import { count, inEach } from '../language.ts';

const en = {
  // comparison
  driftIntro: (sis: string) =>
    `What ${sis} holds now, beside what it said it had stored. Nothing is changed by looking.`,
  compare: 'Compare now',
  asked: (n: number) =>
    n === 0
      ? 'There is no class that can be read.'
      : `${count(n, 'class is', 'classes are')} read one after the other, whenever nothing is to be sent.`,
  notAsked: (n: number) =>
    `${count(n, 'class is', 'classes are')} left out: not linked to the SIS, or nothing may be sent there.`,
  reading: (n: number) => `Still to be read: ${count(n, 'class', 'classes')}. You can leave this page.`,
  totals: 'Assignments and scores',
  readOf: (n: number, of: number) => `${n} of ${count(of, 'class was', 'classes were')} read.`,
  firstOnly: (n: number) =>
    `Only the first ${count(n, 'class', 'classes')} are shown; for the others look at one school.`,
  counts: {
    same: 'The same',
    ownForm: 'In the SIS’s own form (rounded, shortened)',
    changed: 'Something else stands there',
    missing: 'No longer there',
    notRead: 'Not read since it was sent',
  },
  found: 'Classes that differ',
  noneFound: 'No class that was read differs.',
  noneRead: 'No class was compared yet.',
  doChanged: (sis: string) =>
    `${sis} holds something else now: somebody has typed it there, or ${sis} does so itself. Where nothing else is set under “When the SIS holds something else”, the teacher decides for each score, on the page of the class.`,
  doMissing:
    'The SIS has lost what it had stored. It is sent again by itself, unless “When the SIS has lost a grade” is set to “Only tell”; then it waits until somebody presses.',
  readAt: 'read',
  // categories
  mappingIntro: (sis: string) =>
    `Which category of ${sis} a category of the LMS goes to, by its title. It holds for every class that has not chosen for itself. Categories of the same title need no line here.`,
  mappingAbove: 'What the domains above have mapped holds here too, unless the same title stands here.',
  readFrom: (sis: string) => `Read the categories of ${sis} from a class`,
  noClass: 'Choose a class',
  noCategories: 'The SIS has no category in this class.',
  mapped: 'By title',
  noneMapped: 'Nothing is mapped by title yet.',
  title: 'Category in the LMS',
  inSis: (sis: string) => `Category in ${sis}`,
  actions: 'Actions',
  addTitle: 'Title in the LMS',
  choose: 'Choose one',
  byId: 'Then you choose by name; without it, a category is entered by its id in the SIS.',
  add: 'Add',
  missing: { title: 'Enter a title.', target: 'Choose or enter a category of the SIS.' },
  remove: 'Remove',
  fallback: 'For all others',
  noFallback: 'None: their assignments wait for the teacher',
  fallbackAbove: 'As in the domain above',
  save: 'Save',
  discard: 'Discard',
  mappingSaved: 'Categories saved. What changes with them goes with the next sync.',
};

const es: typeof en = {
  driftIntro: (sis) => `Lo que ${sis} tiene ahora, junto a lo que dijo haber guardado. Mirar no cambia nada.`,
  compare: 'Comparar ahora',
  asked: (n) =>
    n === 0
      ? 'No hay ninguna clase que se pueda leer.'
      : `Se ${n === 1 ? 'lee' : 'leen'} ${count(n, 'clase', 'clases')}, una tras otra, cuando no hay nada que enviar.`,
  notAsked: (n) =>
    `${count(n, 'clase queda', 'clases quedan')} fuera: sin vínculo con el SIS, o donde no se puede enviar nada.`,
  reading: (n) => `Por leer: ${count(n, 'clase', 'clases')}. Puede salir de esta página.`,
  totals: 'Tareas y calificaciones',
  readOf: (n, of) => `Se leyeron ${n} de ${count(of, 'clase', 'clases')}.`,
  firstOnly: (n) =>
    `Solo se muestran las primeras ${count(n, 'clase', 'clases')}; para las demás, mire una escuela.`,
  counts: {
    same: 'Igual',
    ownForm: 'En la forma del SIS (redondeado, acortado)',
    changed: 'Allí hay otra cosa',
    missing: 'Ya no está',
    notRead: 'Sin leer desde que se envió',
  },
  found: 'Clases que difieren',
  noneFound: 'Ninguna clase leída difiere.',
  noneRead: 'Todavía no se comparó ninguna clase.',
  doChanged: (sis) =>
    `Ahora hay otra cosa en ${sis}: alguien la escribió allí, o lo hace el propio ${sis}. Si en «Cuando el SIS tiene otra cosa» no se elige nada, el docente decide cada calificación en la página de la clase.`,
  doMissing:
    'El SIS perdió lo que había guardado. Se envía de nuevo por sí solo, salvo que «Cuando el SIS perdió una calificación» diga «Solo avisar»; entonces espera hasta que alguien pulse el botón.',
  readAt: 'leída',
  mappingIntro: (sis) =>
    `A qué categoría de ${sis} va cada categoría del LMS, según su título. Vale para toda clase que no haya elegido por sí misma. Las que tienen el mismo título no necesitan una línea aquí.`,
  mappingAbove:
    'Lo asignado en los niveles superiores vale también aquí, salvo que aquí figure el mismo título.',
  readFrom: (sis) => `Leer las categorías de ${sis} desde una clase`,
  noClass: 'Elija una clase',
  noCategories: 'El SIS no tiene ninguna categoría en esta clase.',
  mapped: 'Por título',
  noneMapped: 'Todavía no se asignó nada por título.',
  title: 'Categoría en el LMS',
  inSis: (sis) => `Categoría en ${sis}`,
  actions: 'Acciones',
  addTitle: 'Título en el LMS',
  choose: 'Elija una',
  byId: 'Así se elige por nombre; si no, una categoría se escribe con su identificador del SIS.',
  add: 'Añadir',
  missing: { title: 'Escriba un título.', target: 'Elija o escriba una categoría del SIS.' },
  remove: 'Quitar',
  fallback: 'Para todas las demás',
  noFallback: 'Ninguna: sus tareas esperan al docente',
  fallbackAbove: 'Como en el nivel superior',
  save: 'Guardar',
  discard: 'Descartar',
  mappingSaved: 'Categorías guardadas. Lo que cambia con ellas se envía en la próxima sincronización.',
};

export const careWords = inEach({ en, es });
