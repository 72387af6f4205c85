/** OUTPUT_FORMATS are the ways to write events: for people, or as one JSON object per line. */
export const OUTPUT_FORMATS = ['pretty', 'ndjson', 'cloudevents'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
