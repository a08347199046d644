// What `postmypost registry` declares, and whether a name is among it.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from './server.mjs';

export const ask = async (...more) => (await promisify(execFile)(program, ['registry', ...more])).stdout;

// { room, medium, names, personal?, reason? }
export const { declared } = JSON.parse(execFileSync(program, ['registry', '--json'], { maxBuffer: 16 << 20 }));

// A `*` in a declared name stands for any characters but "/".
const patternOf = (name) => new RegExp(`^${name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^/]*')}$`);
const patterns = (medium) => declared.filter((one) => one.medium === medium).flatMap((one) => one.names.map(patternOf));

export const isDeclared = (medium, name) => patterns(medium).some((pattern) => pattern.test(name));
