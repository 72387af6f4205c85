import { row } from './commands.mjs';

/** The records of the NDJSON as Markdown, from their JSON Schema. */
export function recordsSection(schema) {
  const lines = ['## Records', '', schema.description, '', '| every record has | |', '|---|---|'];
  for (const [name, property] of Object.entries(schema.properties)) lines.push(fieldRow(name, property, schema.required.includes(name), schema));
  lines.push('');
  for (const { $ref } of schema.oneOf) {
    const record = resolve({ $ref }, schema);
    const { type, ...properties } = record.properties;
    lines.push(`### ${type.const}`, '');
    if (record.description !== undefined) lines.push(record.description, '');
    const fields = fieldRows(properties, record.required ?? [], schema);
    if (fields.length > 0) lines.push('| field | meaning |', '|---|---|', ...fields, '');
  }
  return lines;
}

/** The output of `doctor --json` as Markdown, from its JSON Schema. */
export function doctorSection(schema) {
  return ['## The output of doctor', '', schema.description, '', '| field | meaning |', '|---|---|', ...fieldRows(schema.properties, schema.required, schema), ''];
}

function fieldRows(properties, required, schema, prefix = '') {
  return Object.entries(properties).flatMap(([name, property]) => [
    fieldRow(`${prefix}${name}`, property, required.includes(name), schema),
    ...(property.properties === undefined ? [] : fieldRows(property.properties, property.required ?? [], schema, `${prefix}${name}.`)),
    ...(property.items?.properties === undefined ? [] : fieldRows(property.items.properties, property.items.required ?? [], schema, `${prefix}${name}[].`)),
  ]);
}

function fieldRow(name, property, required, schema) {
  const { description, enum: values, const: value, type, format } = resolve(property, schema);
  const kind = values === undefined ? kindOf({ value, type, format }) : values.map((one) => `\`${one}\``).join(', ');
  const parts = [kind, ...(required ? [] : ['may be absent'])].filter((part) => part !== '');
  return row([`\`${name}\``, [parts.join('; '), ...(description === undefined ? [] : [description])].filter((part) => part !== '').join('. ')]);
}

function kindOf({ value, type, format }) {
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  return format === 'date-time' ? 'time' : [type ?? []].flat().join(' or ');
}

function resolve(property, schema) {
  if (property.$ref === undefined) return property;
  const found = schema.definitions[property.$ref.replace('#/definitions/', '')];
  if (found === undefined) throw new Error(`the schema has no ${property.$ref}`);
  return found;
}
