/** What `--analyze` can be asked for. The last three guess about a person rather than a picture: never run unasked. */
export const ANALYZER_NAMES = ['pose', 'eyes', 'liveness', 'quality', 'age', 'gender', 'expression'] as const;
export type AnalyzerName = (typeof ANALYZER_NAMES)[number];
