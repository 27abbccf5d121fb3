/** Ids of the SIS from a file, and rosters read from the SIS. */
import { count, inEach } from '../language.ts';

type Words = Record<string, string>;

const en = {
  idsIntro:
    'Classes and students are found in the SIS by their ids there. Where your LMS does not send them, upload them as a CSV file.',
  columns:
    'The columns are kind (class or student), classId, studentId, sourcedId, customId. An id that is left empty stays as it is; a student without classId is meant in every class that has him.',
  file: 'CSV file',
  chosen: (name: string) => `${name} is chosen.`,
  unreadable: (name: string) => `${name} could not be read. Choose it again.`,
  look: 'See what it would do',
  apply: 'Apply',
  applyGood: 'Apply the lines that are right',
  nothingChanged: 'Nothing was changed yet.',
  applied: 'The ids are stored.',
  outcomes: {
    changed: 'Changed',
    unchanged: 'Already so',
    unknown: 'Not found',
    duplicate: 'Twice in the file',
    invalid: 'Not valid',
  },
  wouldChange: 'Would change',
  lines: 'Lines that need a look',
  line: 'Line',
  what: 'What',
  shared: (classes: string) =>
    `Another active student has the same id in: ${classes}. Neither’s scores are sent.`,
  mostLines: (n: number) => `and ${count(n, 'more', 'more')}`,
  template: 'Download an example',
  // rosters
  rosterIntro:
    'What your LMS left empty – ids, students, grading periods – can be filled in from the SIS. What is not certain is never guessed, but told.',
  rosterOff: 'Reading rosters is switched off. Allow it under “More settings – Rosters” first.',
  toSettings: 'To the SIS settings',
  pull: 'Read now',
  tryPull: 'See what it would do',
  confirmPull: 'Read, even if many students are gone',
  stop: 'Stop',
  pulls: 'Readings',
  noPulls: 'Nothing was read yet.',
  statuses: {
    processing: 'Under way',
    complete: 'Complete',
    completeWithProblems: 'Complete with questions',
    failed: 'Failed',
    cancelled: 'Stopped',
  },
  dry: 'Trial, nothing was changed',
  begun: 'It has begun.',
  joined: 'One is under way already.',
  stopped: 'It is stopped.',
  phases: {
    academicSessions: 'Reading grading periods',
    classes: 'Reading classes',
    enrollments: 'Reading enrollments',
    users: 'Reading students',
    matching: 'Matching',
    creating: 'Making what is missing',
  } as Words,
  classesFound: (linked: number, filled: number, created: number) =>
    `Classes: ${linked} matched, ${filled} filled in, ${created} made`,
  studentsFound: (linked: number, filled: number, created: number, gone: number) =>
    `Students: ${linked} matched, ${filled} filled in, ${created} made, ${gone} no longer active`,
  unmatched: (n: number) => `Not matched (${n})`,
  unmatchedOf: 'Not matched',
  kinds: { class: 'Class', student: 'Student' },
  allMatched: 'Everything was matched.',
  inSis: 'in the SIS',
};

const es: typeof en = {
  idsIntro:
    'Las clases y los estudiantes se encuentran en el SIS por sus identificadores de allí. Si su LMS no los envía, súbalos en un archivo CSV.',
  columns:
    'Las columnas son kind (class o student), classId, studentId, sourcedId, customId. Un identificador vacío queda como está; un estudiante sin classId vale en todas las clases donde está.',
  file: 'Archivo CSV',
  chosen: (name) => `Se eligió ${name}.`,
  unreadable: (name) => `No se pudo leer ${name}. Elíjalo de nuevo.`,
  look: 'Ver qué haría',
  apply: 'Aplicar',
  applyGood: 'Aplicar las líneas correctas',
  nothingChanged: 'Todavía no se cambió nada.',
  applied: 'Los identificadores se guardaron.',
  outcomes: {
    changed: 'Cambiadas',
    unchanged: 'Ya estaban así',
    unknown: 'No encontradas',
    duplicate: 'Repetidas en el archivo',
    invalid: 'No válidas',
  },
  wouldChange: 'Cambiarían',
  lines: 'Líneas que conviene revisar',
  line: 'Línea',
  what: 'Qué',
  shared: (classes) =>
    `Otro estudiante activo tiene el mismo identificador en: ${classes}. No se envían las calificaciones de ninguno de los dos.`,
  mostLines: (n) => `y ${count(n, 'más', 'más')}`,
  template: 'Descargar un ejemplo',
  rosterIntro:
    'Lo que su LMS dejó vacío (identificadores, estudiantes, períodos) se puede completar desde el SIS. Lo que no es seguro nunca se adivina: se informa.',
  rosterOff: 'La lectura de listas está desactivada. Permítala primero en «Más opciones – Listas de clases».',
  toSettings: 'Ir a la configuración del SIS',
  pull: 'Leer ahora',
  tryPull: 'Ver qué haría',
  confirmPull: 'Leer aunque falten muchos estudiantes',
  stop: 'Detener',
  pulls: 'Lecturas',
  noPulls: 'Todavía no se leyó nada.',
  statuses: {
    processing: 'En curso',
    complete: 'Completa',
    completeWithProblems: 'Completa con preguntas',
    failed: 'Falló',
    cancelled: 'Detenida',
  },
  dry: 'Ensayo, no se cambió nada',
  begun: 'Ha empezado.',
  joined: 'Ya hay una en curso.',
  stopped: 'Se detuvo.',
  phases: {
    academicSessions: 'Leyendo los períodos',
    classes: 'Leyendo las clases',
    enrollments: 'Leyendo las inscripciones',
    users: 'Leyendo los estudiantes',
    matching: 'Comparando',
    creating: 'Creando lo que falta',
  },
  classesFound: (linked, filled, created) =>
    `Clases: ${linked} encontradas, ${filled} completadas, ${created} creadas`,
  studentsFound: (linked, filled, created, gone) =>
    `Estudiantes: ${linked} encontrados, ${filled} completados, ${created} creados, ${gone} ya no activos`,
  unmatched: (n) => `Sin encontrar (${n})`,
  unmatchedOf: 'Sin encontrar',
  kinds: { class: 'Clase', student: 'Estudiante' },
  allMatched: 'Se encontró todo.',
  inSis: 'en el SIS',
};

export const dataWords = inEach({ en, es });
