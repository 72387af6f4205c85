/** How events are written: for people, or as one JSON object a line. */
export const OUTPUT_FORMATS = ['pretty', 'ndjson', 'cloudevents'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
