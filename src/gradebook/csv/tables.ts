/**
 * The tables of the OneRoster 1.2 CSV binding that we fill: columns in the binding's order, and the cells that may be
 * empty. All others must be filled in a delta file.
 */
export const columns = {
  categories: ['sourcedId', 'status', 'dateLastModified', 'title', 'weight'],
  lineItems: [
    ...([
      'sourcedId',
      'status',
      'dateLastModified',
      'title',
      'description',
      'assignDate',
      'dueDate',
    ] as const),
    ...(['classSourcedId', 'categorySourcedId', 'academicSessionSourcedId'] as const),
    ...(['resultValueMin', 'resultValueMax', 'schoolSourcedId'] as const),
  ],
  results: [
    ...(['sourcedId', 'status', 'dateLastModified', 'lineItemSourcedId', 'studentSourcedId'] as const),
    ...(['scoreStatus', 'score', 'scoreDate', 'comment', 'textScore', 'classSourcedId'] as const),
    ...(['inProgress', 'incomplete', 'late', 'missing'] as const),
  ],
} as const;
export type Table = keyof typeof columns;
export const tables = Object.keys(columns) as Table[];
/** One record; every column is there, '' where there is nothing to say. */
export type Row<T extends Table> = Record<(typeof columns)[T][number], string>;

/** Every file that manifest.csv must name, whether or not it is in the package. */
export const manifestFiles = [
  ...['academicSessions', 'categories', 'classes', 'classResources', 'courses', 'courseResources'],
  ...['demographics', 'enrollments', 'lineItemLearningObjectiveIds', 'lineItems', 'lineItemScoreScales'],
  ...['orgs', 'resources', 'resultLearningObjectiveIds', 'results', 'resultScoreScales', 'roles'],
  ...['scoreScales', 'userProfiles', 'userResources', 'users'],
];
