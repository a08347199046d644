// The types the pages are written against are the server's own: every function of `api` is compared, field by field, with
// docs/openapi.json, which the server prints and a check keeps true.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { api } from '../src/lib/api';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
}
interface Operation {
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const web = join(import.meta.dirname, '..');
const openapi = JSON.parse(readFileSync(join(web, '../docs/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};

// ---- The types, from the compiler ------------------------------------------------------------------------------------
const program = ts.createProgram([join(web, 'src/lib/api/index.ts')], {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  noEmit: true,
  types: [],
});
const checker = program.getTypeChecker();

function functionsOfApi(): Map<string, ts.Signature> {
  const file = program.getSourceFile(join(web, 'src/lib/api/index.ts'));
  const symbol = file && checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).find((s) => s.name === 'api');
  const members = checker.getTypeOfSymbol(symbol!).getProperties();
  return new Map(members.map((member) => [member.name, checker.getTypeOfSymbol(member).getCallSignatures()[0]!]));
}

const parts = (type: ts.Type): ts.Type[] => (type.isUnion() ? type.types : [type]);
const has = (type: ts.Type, flag: ts.TypeFlags) => parts(type).some((part) => part.flags & flag);
const bare = (type: ts.Type) => parts(type).filter((p) => !(p.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));

const PRIMITIVES: Record<string, ts.TypeFlags> = {
  string: ts.TypeFlags.StringLike,
  integer: ts.TypeFlags.NumberLike,
  number: ts.TypeFlags.NumberLike,
  boolean: ts.TypeFlags.BooleanLike,
};

// Differences between a type and a schema, as sentences.
function compare(type: ts.Type, schema: Schema, at: string): string[] {
  const kinds = [schema.type ?? []].flat();
  const kind = kinds.find((one) => one !== 'null');
  if (!kind) return []; // anything goes
  const types = bare(type);
  const primitive = PRIMITIVES[kind];
  if (primitive !== undefined) {
    return types.every((one) => one.flags & primitive) ? [] : [`${at}: ${checker.typeToString(type)}, not ${kind}`];
  }
  if (kind === 'array') {
    const element = types[0] && checker.getIndexTypeOfType(types[0], ts.IndexKind.Number);
    return element ? compare(element, schema.items ?? {}, `${at}[]`) : [`${at}: not an array`];
  }
  if (!schema.properties || types.length > 1) return []; // a map, or one of several shapes
  return compareMembers(types[0]!, schema, at);
}

function compareMembers(type: ts.Type, schema: Schema, at: string): string[] {
  const members = new Map(type.getProperties().map((member) => [member.name, member]));
  const found = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const member = members.get(name);
    if (!member) return [`${at}.${name}: missing in contract.ts`];
    const own = checker.getTypeOfSymbol(member);
    const optional = (member.flags & ts.SymbolFlags.Optional) !== 0;
    const required = schema.required?.includes(name) ?? false;
    const nullable = [inner.type ?? []].flat().includes('null');
    const notes = compare(own, inner, `${at}.${name}`);
    // The server's optional members are "not required" and nullable at once; either way of saying so will do.
    if (!required && !optional && !has(own, ts.TypeFlags.Null)) notes.push(`${at}.${name}: may be absent`);
    if (required && nullable && !has(own, ts.TypeFlags.Null)) notes.push(`${at}.${name}: may be null`);
    return notes;
  });
  const unknown = [...members.keys()].filter((name) => !schema.properties?.[name]);
  return [...found, ...unknown.map((name) => `${at}.${name}: unknown to the server`)];
}

// ---- The routes, from calling each function --------------------------------------------------------------------------
const sent: { method: string; path: string }[] = [];
beforeAll(() => {
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    sent.push({ method: (init.method ?? 'GET').toLowerCase(), path });
    return Response.json({ items: [] });
  });
});
afterAll(() => {
  vi.unstubAllGlobals();
});

function operationOf(method: string, address: string): Operation | undefined {
  const path = address.split('?')[0] ?? '';
  const fits = Object.keys(openapi.paths).filter(
    (one) => openapi.paths[one]?.[method] && new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const best = fits.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  return best === undefined ? undefined : openapi.paths[best]?.[method];
}

const answerOf = (operation: Operation) =>
  Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1].content?.['application/json']
    ?.schema;

describe.skipIf(!existsSync(join(web, '../docs/openapi.json')))('the contract', () => {
  const functions = functionsOfApi();

  test.each([...functions.keys()])('api.%s speaks as the server does', async (name) => {
    const signature = functions.get(name)!;
    const values = signature.parameters.map((parameter) => {
      const type = checker.getTypeOfSymbol(parameter);
      if (parameter.name === 'file' && checker.typeToString(type) === 'Blob') return new Blob([]);
      return has(type, ts.TypeFlags.NumberLike) ? 7 : has(type, ts.TypeFlags.StringLike) ? 'policy' : undefined;
    });
    sent.length = 0;
    await (api as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>)[name]!(...values);
    const request = sent[0]!;
    const operation = operationOf(request.method, request.path);
    expect(operation, `${request.method} ${request.path} is no route of the server`).toBeDefined();

    const notes: string[] = [];
    const answer = answerOf(operation!);
    const result = checker.getAwaitedType(signature.getReturnType())!;
    if (answer) {
      const unwrapped = checker.isArrayType(result) ? (answer.properties?.items ?? answer) : answer;
      notes.push(...compare(result, unwrapped, 'answer'));
    }
    const body = operation!.requestBody?.content['application/json']?.schema;
    const given = signature.parameters.find((parameter) => ['body', 'change'].includes(parameter.name));
    if (body && given) notes.push(...compare(checker.getTypeOfSymbol(given), body, 'request'));
    expect(notes).toEqual([]);
  });

  test('leaves no route of the server out', async () => {
    const reached = new Set<string>();
    for (const [name, signature] of functions) {
      sent.length = 0;
      const values = signature.parameters.map((p) =>
        has(checker.getTypeOfSymbol(p), ts.TypeFlags.NumberLike) ? 7 : new Blob([]),
      );
      await (api as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>)[name]!(...values);
      const operation = operationOf(sent[0]!.method, sent[0]!.path) as { operationId?: string } | undefined;
      if (operation?.operationId) reached.add(operation.operationId);
    }
    const all = Object.entries(openapi.paths)
      // The archive is downloaded by its link; events are heard by an EventSource (lib/live.ts).
      .filter(([path]) => path.startsWith('/api/v1/') && !/\/(archive|events)$/.test(path))
      .flatMap(([, operations]) => Object.values(operations) as { operationId?: string }[])
      .map((operation) => operation.operationId ?? '');
    expect(all.filter((id) => !reached.has(id))).toEqual([]);
  });
});
