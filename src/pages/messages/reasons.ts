/**
 * The error dictionary in Spanish: what happened, and the cure. English is the service's own and comes with the answer,
 * with the facts of the case; the facts stay as they are (parts.ts). Without a full stop, for they may follow.
 */
export type ReasonTexts = Readonly<Record<string, readonly [message: string, fix: string]>>;

const nothing = 'No hace falta hacer nada.';
const ask = 'Pida a su administrador que';
const decide = 'Elija cuál vale: conserve la del SIS o envíe la de aquí.';
const lasts = `${nothing} Si continúa, avise a quien opera el SIS.`;

export const es: ReasonTexts = {
  // matching
  MAP_CLASS: [
    'Esta clase no está vinculada con una clase del SIS',
    `${ask} vincule la clase: su id. del SIS debe venir con la lista de clases.`,
  ],
  MAP_STUDENT: [
    'Este estudiante no está vinculado con un estudiante del SIS',
    `${ask} agregue el id. del SIS del estudiante; después las calificaciones se envían solas.`,
  ],
  MAP_STUDENT_TWICE: [
    'Otro estudiante de esta clase está vinculado con el mismo estudiante del SIS',
    `${ask} dé a cada uno su id. correcto del SIS; después las calificaciones se envían solas.`,
  ],
  LEFT_WITH_FORMER_STUDENT: [
    'Este estudiante tenía antes otro id. del SIS, y el SIS quizá aún muestre allí la calificación',
    'Haga revisar en el SIS la calificación del estudiante anterior y eliminarla si no es suya.',
  ],
  LEFT_IN_FORMER_CLASS: [
    'Esta clase estaba vinculada antes con otra clase del SIS, que aún tiene esta tarea',
    'Haga eliminar la tarea de la clase anterior en el SIS.',
  ],
  MAP_SCHOOL: [
    'No se conoce la escuela de esta clase, y el SIS no indica ninguna',
    `${ask} dé a la clase el id. del SIS de su escuela.`,
  ],
  CAT_MISSING: [
    'No hay una categoría del SIS elegida para esta tarea',
    'Elija la categoría del SIS para ella, o una para todas las demás de la clase.',
  ],
  CAT_NOT_FOUND: [
    'La categoría elegida no existe en esta clase del SIS',
    'Elija una de las categorías que el SIS tiene para esta clase.',
  ],
  ENROLL_NOT_IN_CLASS: [
    'El SIS no tiene a este estudiante en esta clase',
    'Si el estudiante pertenece a la clase, haga corregir la inscripción en el SIS y envíe de nuevo.',
  ],
  MAP_TEACHER: [
    'El SIS no tiene al docente de esta clase como su docente',
    `${ask} haga registrar en el SIS al docente de la clase.`,
  ],
  CAT_INACTIVE: [
    'La categoría elegida no se usa en esta clase del SIS',
    'Active la categoría en el SIS o elija otra.',
  ],
  CAT_RENAMED: [
    'La categoría elegida tiene ahora otro nombre en el SIS',
    `${nothing} Guarde de nuevo las categorías de la clase para confirmarla, o elija otra.`,
  ],
  CAT_UNCATEGORIZED: ['El SIS registró esta tarea sin categoría', 'Dé a la tarea su categoría en el SIS.'],
  ENROLL_TRANSFERRED: [
    'Este estudiante está ahora en otra clase',
    'Registre la calificación en la clase nueva si también vale allí.',
  ],
  // assignment
  POINTS_INVALID: ['Esta tarea no tiene puntos válidos', 'Dé a la tarea sus puntos.'],
  POINTS_NOT_WHOLE: ['El SIS solo admite puntos enteros', 'Dé a la tarea un número entero de puntos.'],
  PERIOD_UNKNOWN: [
    'Ningún período de calificación de la clase contiene la fecha de entrega',
    `Elija una fecha de entrega dentro de un período. Si la clase no tiene ninguno, ${ask.toLowerCase()} el LMS los envíe.`,
  ],
  DUE_MISSING: [
    'Esta tarea no tiene fecha de entrega',
    'Dé a la tarea una fecha de entrega, o una solo para el SIS.',
  ],
  TITLE_TOO_LONG: [
    'El título es más largo de lo que permite el SIS',
    'Dé a la tarea un título más corto, o uno solo para el SIS.',
  ],
  ITEM_NOT_WHOLE_CLASS: [
    'Esta tarea se asignó solo a algunos estudiantes',
    'Asígnela a todos o a la sección.',
  ],
  ITEM_LOCKED: [
    'El SIS bloqueó esta tarea o su período de calificación',
    'Hágala desbloquear en el SIS y envíe de nuevo.',
  ],
  ITEM_DELETED_IN_SIS: [
    'Esta tarea ya no está en el SIS',
    `${nothing} La próxima sincronización la crea de nuevo con sus calificaciones. Desactive su sincronización si no debe volver.`,
  ],
  LINE_ITEM_WAITS: [
    'La tarea misma aún no se puede enviar',
    'Corrija primero la tarea; con la calificación no hace falta hacer nada.',
  ],
  TITLE_DUPLICATE: [
    'Hay otra tarea con este título en esta clase',
    'Vincúlela con la que tiene el SIS, o dé otro título a una de las dos, y envíe de nuevo.',
  ],
  DUE_OUTSIDE_PERIOD: [
    'La fecha de entrega no está en ningún período de calificación de la clase',
    'Elija una fecha de entrega dentro de un período, o dé a la tarea una solo para el SIS.',
  ],
  DUE_TZ_EDGE: [
    'En hora universal la fecha de entrega es otro día, fuera de su período',
    `${nothing} Si el SIS no muestra el día correcto, su administrador puede elegir la forma de las fechas.`,
  ],
  ASSIGN_AFTER_DUE: ['La tarea empieza después de su fecha de entrega', 'Corrija una de las dos fechas.'],
  ASSIGN_OUTSIDE_PERIOD: [
    'Las fechas de la tarea no caben en su período de calificación',
    'Corrija las dos fechas, o dé a la tarea una fecha de entrega solo para el SIS.',
  ],
  PERIOD_CLOSED: [
    'El período de calificación está cerrado en el SIS',
    'Haga abrir de nuevo el período en el SIS y envíe de nuevo.',
  ],
  ITEM_LINK_BROKEN: [
    'El SIS ya no conoce esta tarea por el id. que tenemos',
    `${ask} haga enviar de nuevo toda la clase.`,
  ],
  ITEM_DELETE_REFUSED: ['El SIS no permite que eliminemos esto', 'Elimínelo a mano en el SIS.'],
  // score
  SCORE_ABOVE_MAX: [
    'La calificación supera los puntos de la tarea',
    'Baje la calificación o suba los puntos de la tarea.',
  ],
  SCORE_BELOW_MIN: [
    'La calificación es menor que la mínima de la tarea',
    'Suba la calificación o baje el mínimo de la tarea.',
  ],
  STATUS_UNSUPPORTED: [
    'El SIS no puede guardar este estado',
    'Regístrelo a mano en el SIS, o dé otro estado aquí.',
  ],
  STATUS_NOT_TOLD: [
    'El SIS no tiene lugar para esta observación',
    `${nothing} Anótela a mano en el SIS donde importe.`,
  ],
  SCORE_OWNED_BY_SIS: [
    'El SIS conserva su propia calificación de este estudiante',
    'Borre la calificación en el SIS y envíe de nuevo, o conserve la que hay allí.',
  ],
  SCORE_NOT_NUMERIC: [
    'El SIS solo admite números aquí',
    'Dé una calificación en puntos, o regístrela a mano en el SIS.',
  ],
  SCORE_SCALE_CONFLICT: [
    'La tarea tiene en el SIS una escala de calificación, por ejemplo de letras',
    'Quite la escala de la tarea en el SIS y envíe de nuevo.',
  ],
  SCORE_DATE: [
    'El SIS no acepta la fecha de la calificación',
    'Corrija el día en que empieza la tarea y envíe de nuevo.',
  ],
  SCORE_CHANGED_IN_SIS: ['Alguien cambió esto en el SIS', decide],
  SCORE_ALREADY_IN_SIS: ['El SIS ya tiene aquí otro valor', decide],
  SIS_OWN_FORM: ['El SIS guarda esto a su manera', nothing],
  SIS_ALTERS_VALUE: [
    'El SIS guarda otra cosa que la que enviamos',
    'Compare los dos valores. Si el del SIS es incorrecto, pida a su administrador que averigüe por qué lo cambia.',
  ],
  NOT_STORED: ['El SIS dijo que sí, pero no lo tiene', lasts],
  EXEMPT_SHOWN_AS_ZERO: [
    'El SIS muestra un 0 para un estudiante eximido',
    `${nothing} Puede explicarlo a las familias que pregunten.`,
  ],
  BLANK_POLICY: ['El SIS no tiene cómo quitar una calificación', 'Borre la calificación a mano en el SIS.'],
  // what the SIS answers
  SIS_REFUSED: ['El SIS no aceptó esto', 'Corrija lo que el SIS señala y envíe de nuevo.'],
  SIS_EMPTY_REASON: [
    'El SIS no aceptó esto y no dijo por qué',
    'Revise en el SIS la inscripción, las fechas y los puntos, y envíe de nuevo.',
  ],
  SIS_UNKNOWN_OBJECT: [
    'El SIS no conoce algo que esto necesita',
    `${ask} revise los id. del SIS de la clase, su categoría y el estudiante.`,
  ],
  SIS_CONFLICT_STALE: [
    'El SIS cambió este registro desde que lo escribimos',
    'Revíselo en el SIS y envíe de nuevo.',
  ],
  SIS_RATE_LIMIT: [
    'El SIS nos pide ir más despacio',
    `${nothing} Si continúa, su administrador puede reducir el número de solicitudes.`,
  ],
  SIS_INTERNAL: ['El SIS tiene un problema propio', lasts],
  SIS_NOT_JSON: ['No se pudo leer la respuesta del SIS', lasts],
  SIS_ANSWER_TOO_LARGE: [
    'La respuesta del SIS era demasiado grande',
    'Si continúa, avise a quien opera el SIS.',
  ],
  SIS_ITEM_TOO_LARGE: [
    'Esto es demasiado largo para el SIS',
    'Acorte el título, la descripción o el comentario, y envíe de nuevo.',
  ],
  SIS_FILTERED: [
    'Un filtro delante del SIS no dejó pasar esto',
    'Consulte a quien opera el SIS. La causa pueden ser signos poco comunes en un título o un comentario.',
  ],
  // connection, and signing in
  CONN_URL: [
    'No hay un libro de calificaciones OneRoster en la dirección del SIS',
    'Corrija la dirección en los ajustes del SIS y pruébela.',
  ],
  CONN_NOT_ONEROSTER: [
    'El SIS responde con una página web en lugar de datos',
    'Si continúa, revise la dirección en los ajustes del SIS.',
  ],
  CONN_REDIRECT: [
    'La dirección del SIS lleva a otra dirección',
    'Escriba la dirección final en los ajustes del SIS y pruébela.',
  ],
  CONN_DNS: ['No se encuentra el nombre del servidor del SIS', 'Revise la dirección en los ajustes del SIS.'],
  CONN_REFUSED: ['El servidor del SIS no admite conexiones', 'Si continúa, consulte a quien opera el SIS.'],
  CONN_TLS: [
    'El certificado del servidor del SIS no es de confianza',
    'Haga renovar el certificado, o agregue la autoridad del SIS a los ajustes.',
  ],
  CONN_TIMEOUT: ['El SIS no respondió a tiempo', lasts],
  CONN_RESET: ['Se cortó la conexión con el SIS', lasts],
  CONN_BLOCKED_ADDRESS: [
    'La dirección del SIS está en una red privada a la que este servicio no puede llegar',
    'Pida a quien opera este servicio que permita la red del SIS.',
  ],
  NO_CONNECTION: ['Aquí no hay un SIS configurado', `${ask} escriba los ajustes del SIS.`],
  CONNECTION_BROKEN: [
    'La conexión con el SIS no funciona en este momento',
    'Aquí no hace falta hacer nada; el administrador ve la causa en los ajustes del SIS.',
  ],
  CONN_GATEWAY: [
    'Una pasarela delante del SIS no nos deja pasar',
    'Pida a quien opera el SIS que deje pasar este servicio.',
  ],
  AUTH_INVALID_CLIENT: [
    'El SIS no acepta la clave y el secreto',
    'Escriba de nuevo la clave y el secreto; revise que no hayan vencido en el SIS.',
  ],
  AUTH_TOKEN_ENDPOINT: [
    'La dirección de inicio de sesión del SIS no responde como debe',
    'Revise esa dirección en los ajustes del SIS y pruébela.',
  ],
  AUTH_TOKEN_REFUSED: [
    'El SIS inició la sesión, pero su libro de calificaciones no la acepta',
    'Revise el token de acceso, o si el SIS pide otra clave en un encabezado.',
  ],
  AUTH_SCOPE_MISSING: [
    'El SIS no nos permite hacer esto',
    'Dé a la clave en el SIS los permisos para leer y escribir el libro de calificaciones.',
  ],
  AUTH_LICENSE: [
    'La interfaz del libro de calificaciones del SIS no está activada',
    'Haga contratar y activar en el SIS la interfaz OneRoster del libro de calificaciones.',
  ],
  AUTH_SECRET_EXPIRED: [
    'La clave o el secreto del SIS venció',
    'Renueve el secreto en el SIS y escríbalo en los ajustes del SIS.',
  ],
  AUTH_VENDOR_HEADER: [
    'El SIS pide una clave más',
    'Agregue la clave del proveedor a los encabezados adicionales en los ajustes del SIS.',
  ],
  AUTH_UNAVAILABLE: ['El inicio de sesión del SIS no funciona en este momento', lasts],
  // by choice
  CAT_NONE: [
    'Esta tarea no tiene categoría',
    'Dele una categoría, o elija para ella una del SIS, si debe enviarse.',
  ],
  SKIP_SWITCHED_OFF: ['La sincronización de esta tarea está desactivada', 'Actívela si debe enviarse.'],
  SKIP_UNPUBLISHED: ['Esta tarea no está publicada', 'Publíquela si debe enviarse.'],
  SKIP_CLASS_UNPUBLISHED: ['Esta clase no está publicada', 'Publique la clase si debe enviarse.'],
  SKIP_UNGRADED: ['Todavía no hay calificación', nothing],
  SKIP_CLEARED: [
    'La calificación se quitó aquí; según los ajustes, el SIS conserva la que se envió',
    'Bórrela a mano en el SIS si debe desaparecer.',
  ],
  SKIP_HELD_BACK: ['Esta calificación está retenida', 'Publique la calificación si debe enviarse.'],
  SKIP_STATUS: [
    'El trabajo con este estado no se envía al SIS',
    `${nothing} Se envía cuando tenga calificación.`,
  ],
  SKIP_NO_SCORE: ['No hay calificación para este estado', `${nothing} Se envía cuando tenga calificación.`],
  SKIP_INCOMPLETE: ['El trabajo está incompleto', 'Califíquelo cuando esté completo.'],
  SKIP_BEFORE_SEND_FROM: [
    'Esta tarea era para antes del día desde el que se envían calificaciones',
    'Consulte a su administrador si debe enviarse.',
  ],
  SKIP_STUDENT_INACTIVE: ['Este estudiante ya no está activo en la clase', nothing],
  SKIP_LINE_ITEM: ['La tarea no se envía', 'Con la calificación no hace falta hacer nada; vea la tarea.'],
  HELD_RESTORED: [
    'En el SIS se recuperó un valor anterior y se mantiene allí',
    'Libérelo si debe enviarse la calificación de aquí.',
  ],
  STILL_IN_SIS: [
    'Esto se eliminó aquí y está, o puede estar, todavía en el SIS',
    'Elimínelo a mano en el SIS si debe desaparecer, y márquelo como resuelto.',
  ],
  PASSBACK_OFF: [
    'El envío de calificaciones al SIS está desactivado',
    `${ask} permita enviar calificaciones al SIS.`,
  ],
  DOMAIN_EXCLUDED: [
    'Esta escuela está excluida del envío de calificaciones al SIS',
    'Consulte a su administrador si la escuela debe participar.',
  ],
  DOMAIN_PAUSED: [
    'El envío de calificaciones al SIS está en pausa',
    'Aquí no hace falta hacer nada; el administrador puede reanudarlo.',
  ],
  AWAITS_CONFIRMATION: [
    'Hay que confirmar primero lo que se enviaría de esta clase',
    'Envíe la clase una vez a mano y confirme lo que haría.',
  ],
  SIS_VALUE_CHOSEN: [
    'Alguien decidió conservar lo que tiene el SIS',
    'Envíe esta por separado si después de todo vale la de aquí.',
  ],
  SIS_KEEPS: [
    'Esto se cambió en el SIS y, según los ajustes, el SIS lo conserva',
    'Consulte a su administrador si debe valer lo de aquí.',
  ],
  // this service
  GIVEN_UP: [
    'No se pudo enviar durante mucho tiempo',
    'Envíelo de nuevo. Si falla otra vez, avise a su administrador.',
  ],
  INTERRUPTED: ['El envío se interrumpió porque este servicio se reinició', nothing],
  DEFECT: ['Algo falló en este servicio', 'Si continúa, avise a su administrador.'],
  SIS_NOT_READ: [
    'Aún no se ha leído lo que el SIS tiene de esta clase',
    'Envíe la clase una vez, o abra sus categorías; después consulte de nuevo.',
  ],
  SIS_NOT_READABLE: [
    'El SIS no tiene una lista de sus calificaciones, o no la muestra a este servicio',
    'Pida que el SIS permita a este servicio leer su libro de calificaciones.',
  ],
  SETTINGS_SECRET_UNREADABLE: [
    'No se puede abrir la clave guardada del SIS',
    'Escriba de nuevo el secreto del SIS, o recupere la clave de cifrado.',
  ],
  SYNC_OVERLAP: ['Hay otra sincronización de esta clase en curso', nothing],
  SCHEDULE_OVERLAP: [
    'La ejecución anterior seguía en curso',
    'Si se repite, haga que el horario se ejecute con menos frecuencia.',
  ],
  SYNC_PARTIAL: [
    'Una parte no se pudo enviar',
    'Vea lo que necesita atención, corríjalo y envíe de nuevo lo que falló.',
  ],
};
