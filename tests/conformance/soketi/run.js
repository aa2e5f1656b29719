// Runs soketi with the configuration file named in argv, and ends with the program that started it:
// its standard input is held open by the test, and closes with it, however it dies.
'use strict';

const config = process.argv[2];
const home = process.argv[3];
process.stdin.on('close', () => process.exit(0)).resume();
process.argv = [process.argv[0], 'soketi', 'start', `--config=${config}`];
require(`${home}/node_modules/@soketi/soketi/dist/cli`);
