#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');

const program = path.join(__dirname, '..', 'dist', 'cli.js');
if (!existsSync(program)) {
  process.stderr.write(`carryon is not built yet: run \`npm run build\` in ${path.join(__dirname, '..')}\n`);
  process.exit(2);
}
require(program);
