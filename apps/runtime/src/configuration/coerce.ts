import type { OptionSchema } from '@cave/core';

/**
 * Environment variables and `--set` carry text; this reads it as the setting's type. Text
 * that is no such value is returned as it is, so that validation names it with its source.
 * Lists are written with commas or as JSON, objects as JSON.
 */
export function coerceText(text: string, schema: OptionSchema): unknown {
  switch (schema.type) {
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text.trim().startsWith('[') ? parseJson(text) : text.split(',').map((part) => part.trim()).filter((part) => part !== '');
    case 'object':
      return parseJson(text);
    case 'string':
      return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: validation says which type was expected and where the text came from.
    return text;
  }
}
