/** Matches what could move the cursor, set a title, break the line, or reorder and hide what is shown. */
export const DANGEROUS = /(?!\u200d|\ufe0f)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
