/** The formats in which answers can be exported, by the endings of their files. */
export const exportFormats = ['csv', 'xlsx', 'jsonl', 'json', 'parquet'] as const
export type ExportFormat = (typeof exportFormats)[number]
