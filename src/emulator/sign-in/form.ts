import { missingParameter } from './errors.ts';

/** Returns a required parameter; throws Entra's AADSTS900144 if it is missing or empty. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw missingParameter(name);
  return value;
}
