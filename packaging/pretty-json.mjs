// Reads JSON on standard input and prints it with two spaces, so that a change of it is a small difference.
let text = '';
for await (const chunk of process.stdin) text += chunk;
process.stdout.write(JSON.stringify(JSON.parse(text), null, 2) + '\n');
