// What the reference page shows, derived from the API's own document.
import type { ApiDocument, Content, Described, Schema } from '../../lib/api/document';

export interface Operation extends Described {
  method: string;
  path: string;
  open: boolean;
  body?: { type: string; schema?: Schema };
  answer?: { status: string; type: string; schema?: Schema };
  refusals: { status: string; words: string }[];
}
export interface Group {
  name: string;
  words: string;
  operations: Operation[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

// `#/components/parameters/IfMatch` -> what stands there.
export function resolve<T extends { $ref?: string }>(document: ApiDocument, one: T): T {
  if (!one.$ref) return one;
  let at: unknown = document;
  for (const part of one.$ref.slice(2).split('/')) at = (at as Record<string, unknown>)[part];
  return at as T;
}

function first(content: Content['content']): { type: string; schema?: Schema } | undefined {
  const [entry] = Object.entries(content ?? {});
  return entry && { type: entry[0], schema: entry[1].schema };
}

function operation(document: ApiDocument, path: string, method: string, one: Described): Operation {
  const success = Object.entries(one.responses).find(([status]) => status.startsWith('2'));
  const answer = success && first(success[1].content);
  return {
    ...one,
    method: method.toUpperCase(),
    path,
    open: one.security?.length === 0,
    parameters: (one.parameters ?? []).map((parameter) => resolve(document, parameter)),
    body: one.requestBody && first(one.requestBody.content),
    answer: success && { status: success[0], type: answer?.type ?? '', schema: answer?.schema },
    refusals: Object.entries(one.responses)
      .filter(([status]) => /^[45]/.test(status))
      .map(([status, response]) => ({ status, words: resolve(document, response).description ?? '' })),
  };
}

// Groups in the document's order; with words, only the operations that have them all.
export function groupsOf(document: ApiDocument, words = ''): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Group>(
    (document.tags ?? []).map((tag) => [tag.name, { name: tag.name, words: tag.description ?? '', operations: [] }]),
  );
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const one = methods[method];
      if (!one) continue;
      const text = `${method} ${path} ${one.summary} ${one['x-scope'] ?? ''}`.toLowerCase();
      if (!wanted.every((word) => text.includes(word))) continue;
      groups.get(one.tags?.[0] ?? '')?.operations.push(operation(document, path, method, one));
    }
  }
  return [...groups.values()].filter((group) => group.operations.length > 0);
}

// "string or null", "list of integer", "date".
export function typeOf(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  const types = [schema.type ?? 'any'].flat().map((type) => {
    if (type === 'array') return `${schema.items ? typeOf(schema.items) : 'any'}[]`;
    if (type === 'string' && schema.format) return schema.format;
    return type;
  });
  return types.join(' | ');
}

export function limitsOf(schema: Schema): string {
  const between = (low: number | undefined, high: number | undefined, unit: string): string =>
    low === undefined && high === undefined ? '' : `${low ?? 0}–${high ?? '∞'} ${unit}`.trim();
  return [
    between(schema.minLength, schema.maxLength, 'bytes'),
    between(schema.minItems, schema.maxItems, 'items'),
    between(schema.minimum, schema.maximum, ''),
    schema.enum?.join(' | ') ?? '',
  ]
    .filter(Boolean)
    .join(', ');
}

// The members of what a schema holds, through lists and alternatives.
export function membersOf(schema: Schema): Schema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return membersOf(schema.items);
  for (const one of schema.anyOf ?? []) {
    const found = membersOf(one);
    if (found) return found;
  }
  return undefined;
}

// The least body that the schema takes, for the example.
function sample(schema: Schema): unknown {
  const type = [schema.type ?? 'object'].flat()[0];
  if (schema.enum) return schema.enum[0];
  if (type === 'string') return '…';
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return true;
  if (type === 'array') return schema.items ? [sample(schema.items)] : [];
  return Object.fromEntries((schema.required ?? []).map((name) => [name, sample(schema.properties?.[name] ?? {})]));
}

export function curlOf(one: Operation, origin: string): string {
  const lines = [`curl -X ${one.method} '${origin}${one.path}'`];
  if (!one.open) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  if (one.parameters?.some((parameter) => parameter.name === 'Idempotency-Key'))
    lines.push(`-H "Idempotency-Key: $(uuidgen)"`);
  if (one.body?.type === 'application/json') {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(sample(one.body.schema ?? {}))}'`);
  } else if (one.body?.type === 'multipart/form-data') lines.push(`-F file=@picture.jpg`);
  else if (one.body) lines.push(`--data-binary @piece`);
  return lines.join(' \\\n  ');
}
