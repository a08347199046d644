// What the simulation's tests share: running it, and tables for people.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from '../scenario/support/plant.mjs';

// Runs the simulation; a failing seed's trace is in `stdout`.
export const simulate = (args, program = path.join(build, 'postmypost-sim')) =>
  promisify(execFile)(program, args, { maxBuffer: 1 << 28 }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (failure) => ({ code: failure.code ?? failure.signal, stdout: failure.stdout }),
  );

// Lines of cells, the first one being the head; numbers stand to the right.
export function table(rows) {
  const width = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const line = (row) => row.map((cell, i) => (typeof cell === 'number' ? String(cell).padStart(width[i]) : String(cell).padEnd(width[i]))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

// The table stands under the totals of ./test, too (packaging/results-reporter.mjs).
export const show = (t, rows) => t.diagnostic(`proof: ${table(rows)}`);
