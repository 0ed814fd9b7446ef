const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
/** Seconds that each long test file took once: a fresh clone has no memory of its own. Made anew by scripts/test-durations.mjs. */
const durations = require('./durations.json');

const seconds = ({ path: file }) => durations[path.relative(path.join(__dirname, '..'), file)] ?? 0;
const alone = ({ path: file }) => file.includes('/alone/');

/** What takes longest comes first; files that run alone come last, since they would keep workers waiting. */
class LongestFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => Number(alone(a)) - Number(alone(b)) || seconds(b) - seconds(a) || a.path.localeCompare(b.path));
  }
}

module.exports = LongestFirst;
