// How the clients read an answer: Python strictly, PHP leniently but for enumerations and times, Node not at all.
import { enums, models, variants } from './tables.mjs';

// A number that is not written as an integer: 1.0 is one to JSON.parse, and none to a strict client.
export class Decimal {
  constructor(source) {
    this.source = source;
  }
  valueOf() {
    return Number(this.source);
  }
}

// JSON with the way numbers were written.
export const parseExactly = (text) =>
  JSON.parse(text, (key, value, { source } = {}) => (typeof value === 'number' && /[.eE]/.test(source) ? new Decimal(source) : value));

// An answer that a client does not take. `rule` is what it wanted, `got` what stood there.
export class Broken extends Error {
  constructor(facts) {
    super(`${facts.at || 'the answer'}: wanted ${facts.rule}, got ${facts.got}`);
    Object.assign(this, facts);
  }
}

export function kindOf(value) {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Decimal) return 'decimal';
  if (typeof value === 'number') return 'int';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;
export const isTime = (value) => typeof value === 'string' && time.test(value) && !Number.isNaN(Date.parse(value));

// "[int]?" as { optional, list, map, enumeration, name }.
export function typeOf(text) {
  const optional = text.endsWith('?');
  const name = optional ? text.slice(0, -1) : text;
  if (name.startsWith('[')) return { optional, list: name.slice(1, -1) };
  if (name.startsWith('{')) return { optional, map: name.slice(1, -1) };
  if (name.startsWith('enum ')) return { optional, enumeration: enums[name.slice(5)] };
  return { optional, name };
}

const plain = { int: ['int'], string: ['string'], number: ['int', 'decimal'], bool: ['bool'] };

// pydantic's strict types: nothing is converted, but for an enumeration, which takes "5" for 5.
export function readStrictly(type, value, at = '', model = null, field = null) {
  const { list, map, enumeration, name } = typeOf(type);
  const got = kindOf(value);
  const broken = (rule) => new Broken({ rule, got, at, model, field });
  if (list) {
    if (got !== 'list') throw broken('list');
    return value.map((item, i) => readStrictly(list, item, `${at}/${i}`, model, field));
  }
  if (map) {
    if (got !== 'object') throw broken('map');
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readStrictly(map, item, `${at}/${key}`, model, field)]));
  }
  if (enumeration) {
    const number = got === 'string' ? Number(value) : value;
    if (!enumeration.includes(number)) throw broken('enum');
    return number;
  }
  if (name === 'date-time') {
    if (!isTime(value)) throw broken('date-time');
    return value;
  }
  if (plain[name]) {
    if (!plain[name].includes(got)) throw broken(name);
    return value instanceof Decimal ? Number(value) : value;
  }
  if (variants[name]) return readVariant(name, value, at, broken);
  if (got !== 'object') throw broken('object');
  return readModel(name, value, at);
}

function readModel(name, value, at) {
  const read = {};
  for (const [field, type] of Object.entries(models[name])) {
    const here = `${at}/${field}`;
    const missing = value[field] === undefined || value[field] === null;
    if (!missing) read[field] = readStrictly(type, value[field], here, name, field);
    else if (!typeOf(type).optional) throw new Broken({ rule: 'required', got: kindOf(value[field]), at: here, model: name, field });
  }
  return read;
}

// Every variant is tried; exactly one has to fit. When none does, what is wrong is what is wrong with the one that was meant.
function readVariant(name, value, at, broken) {
  if (kindOf(value) !== 'object') throw broken('object');
  const tried = Object.entries(variants[name]).map(([model, by]) => {
    const meant = by.there ? value[by.there] != null : value.type === by.type;
    if (by.type && !meant) return { meant };
    try {
      return { meant, read: readModel(model, value, at) };
    } catch (failure) {
      return { meant, failure };
    }
  });
  const fitting = tried.filter((one) => one.read);
  if (fitting.length === 1) return fitting[0].read;
  if (fitting.length > 1) throw new Broken({ rule: 'variant', got: 'several', at, model: name, field: null });
  throw tried.find((one) => one.meant)?.failure ?? new Broken({ rule: 'variant', got: 'none', at, model: name, field: null });
}

// PHP converts what it can, takes null everywhere, compares enumerations strictly and parses times. Variants are one merged class.
export function readLeniently(type, value, at = '', model = null, field = null) {
  if (value === null || value === undefined) return null;
  const { list, map, enumeration, name } = typeOf(type);
  const got = kindOf(value);
  const broken = (rule) => new Broken({ rule, got, at, model, field });
  if (list) {
    if (got !== 'list') throw broken('list');
    return value.map((item, i) => readLeniently(list, item, `${at}/${i}`, model, field));
  }
  if (map) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readLeniently(map, item, `${at}/${key}`, model, field)]));
  if (enumeration) {
    if (!enumeration.includes(value)) throw broken('enum');
    return value;
  }
  if (name === 'date-time') {
    if (value !== '' && !isTime(value)) throw broken('date-time');
    return value;
  }
  if (name === 'int') return Math.trunc(Number(value));
  if (name === 'number') return Number(value);
  if (name === 'string') return String(value);
  if (name === 'bool') return Boolean(value);
  return readMerged(name, got === 'list' ? {} : value, at);
}

function readMerged(name, value, at) {
  const merged = variants[name] ? Object.assign({}, ...Object.keys(variants[name]).map((one) => models[one])) : models[name];
  return Object.fromEntries(Object.entries(merged).map(([field, type]) => [field, readLeniently(type, value[field], `${at}/${field}`, name, field)]));
}
