import { missingParameter } from './errors.ts';

/** A parameter that must be there; throws Entra's AADSTS900144 where it is not. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw missingParameter(name);
  return value;
}
