import { readFileSync } from 'node:fs';
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

const ajv = new Ajv({ allErrors: true });
addFormats.default(ajv);
const schemaOf = (name: string): ValidateFunction => ajv.compile(JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')) as AnySchema);
const [validateEvent, validateDoctor] = [schemaOf('events'), schemaOf('doctor')];

/** The errors of a record according to the published schema; empty if it is valid. */
export function schemaErrors(record: unknown): string[] {
  return errorsOf(validateEvent, record);
}

/** The same for the output of `doctor`. */
export function doctorSchemaErrors(answer: unknown): string[] {
  return errorsOf(validateDoctor, answer);
}

function errorsOf(validate: ValidateFunction, value: unknown): string[] {
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
