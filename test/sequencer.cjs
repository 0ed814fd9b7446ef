const { default: Sequencer } = require('@jest/test-sequencer');

/** As jest orders them, what took longest first; but files that run alone come last, since they would keep workers waiting. */
class AloneLast extends Sequencer {
  sort(tests) {
    const alone = ({ path }) => path.includes('/alone/');
    const sorted = super.sort(tests);
    return [...sorted.filter((test) => !alone(test)), ...sorted.filter(alone)];
  }
}

module.exports = AloneLast;
