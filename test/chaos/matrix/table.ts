import { allCells, stepOf, unpassed, type Passage } from '../cells';
import { phasesOfWorkflow } from '../steps';
import { isUnchecked, outcomes, strategies, victims, type Cell, type Outcome, type Result, type Step, type Victim } from '../cell';

const letters: Record<Outcome, string> = {
  committed: 'C', 'rolled-back': 'R', 'frozen-in-doubt': 'D', waiting: 'W', 'ordinary-crash': 'O', 'declared-loss': 'L', 'not-reached': '-', violated: '**X**',
};

const heads: Record<Victim, string> = {
  'source-engine': 'engine S', 'destination-engine': 'engine D', 'source-driver': 'driver S', 'destination-driver': 'driver D',
  'source-container': 'container S', 'destination-container': 'container D', 'page-daemon': 'page daemon',
  'link-2s': 'link 2 s', 'link-2s-to-destination': 'link 2 s, to D', 'link-2s-to-source': 'link 2 s, to S',
  'source-coordinator': 'coordinator S', 'destination-coordinator': 'coordinator D', temporal: 'Temporal',
  'link-ever': 'link for ever', 'link-ever-to-destination': 'link for ever, to D', 'link-ever-to-source': 'link for ever, to S',
  'source-clock': 'clock S', 'destination-clock': 'clock D',
  'source-disk-full': 'disk full S', 'destination-disk-full': 'disk full D',
};

/** Whole messages, with a log's end, are in the raw results. */
const firstLines = (texts: readonly string[] = []) => texts.map((text) => text.split('\n')[0]).join('; ');

/** The page that a human reads. */
export function matrixPage(passage: Passage, tags: readonly string[], results: readonly Result[]): string {
  const all = allCells(passage, phasesOfWorkflow);
  const ran = results.filter((result) => all.some((cell) => same(cell, result)));
  const count = (outcome: Outcome) => ran.filter((result) => result.outcome === outcome).length;
  const mended = ran.filter(({ outcome, earlier }) => outcome !== 'violated' && earlier);
  const violated = ran.filter(({ outcome }) => outcome === 'violated');
  return [
    intro,
    '## Counts\n',
    `${all.length} cells; ${ran.length - count('not-reached')} ran, ${count('not-reached')} were not reached, ${all.length - ran.length} have not run yet. ${ran.filter(isUnchecked).length} prove nothing (\`?\`): they run again. In ${ran.filter(({ looks }) => looks !== undefined).length} running copies were counted throughout, in the others, which ran earlier, once at the end. Commits: ${[...new Set(ran.map(({ commit }) => commit))].join(', ') || 'none'}.\n`,
    '| outcome | cells | lost memory | lost acknowledged writes | most copies at once | slowest recovery |\n|---|---|---|---|---|---|',
    ...outcomes.map((outcome) => countRow(outcome, ran.filter((result) => result.outcome === outcome))),
    '',
    '## Violated\n',
    violated.length === 0 ? 'None of the cells that ran.\n' : violated.map((result) => `- \`${result.strategy}\`, \`${result.step}\`, ${heads[result.killed]} (${result.commit}): ${firstLines(result.remarks)}`).join('\n') + '\n',
    ...(mended.length === 0 ? [] : ['Violated in an earlier run, not in the last:\n', `${mended.map((result) => `- \`${result.strategy}\`, \`${result.step}\`, ${heads[result.killed]}: now ${result.outcome} (${result.commit}); ${firstLines(result.earlier)}`).join('\n')}\n`]),
    ...strategies.flatMap((strategy) => [`## ${strategy}\n`, ...table(passage, all.filter((cell) => cell.strategy === strategy), ran), '', notPassed(unpassed(passage, tags, strategy)), '']),
    outro,
  ].join('\n');
}

function countRow(outcome: Outcome, own: readonly Result[]): string {
  const most = (pick: (result: Result) => number) => Math.max(0, ...own.map(pick));
  const recovery = most(({ recoveryMs }) => recoveryMs ?? 0);
  return `| ${letters[outcome]} ${outcome} | ${own.length} | ${own.filter(({ lostMemory }) => lostMemory).length} | ${own.reduce((sum, { lostAcknowledged }) => sum + lostAcknowledged, 0)} | ${most(({ copies }) => copies)} | ${recovery === 0 ? '' : `${(recovery / 1000).toFixed(1)} s`} |`;
}

function table(passage: Passage, cells: readonly Cell[], results: readonly Result[]): string[] {
  const columns = victims.filter((victim) => cells.some(({ killed }) => killed === victim));
  const order = new Map<string, number>(passage[cells[0]?.strategy ?? 'post-copy'].map((passed, index) => [stepOf(passed), index]));
  const placeOf = (step: Step) => order.get(step) ?? phasesOfWorkflow.indexOf(step.slice('phase:'.length));
  const steps = [...new Set(cells.map(({ step }) => step))].sort((a, b) => kindOf(a) - kindOf(b) || placeOf(a) - placeOf(b));
  const entry = (step: Step, killed: Victim) => {
    if (!cells.some((cell) => cell.step === step && cell.killed === killed)) return '';
    const result = results.find((one) => one.strategy === cells[0]?.strategy && one.step === step && one.killed === killed);
    return result ? `${letters[result.outcome]}${isUnchecked(result) ? '?' : ''}` : '·';
  };
  return [
    `| step | ${columns.map((victim) => heads[victim]).join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...steps.map((step) => `| ${step} | ${columns.map((victim) => entry(step, victim)).join(' | ')} |`),
  ];
}

const notPassed = (tags: readonly string[]) =>
  `Not reached, in no column: ${tags.length} tags that no driver passes when a migration is left alone, because they belong to another strategy, or to what follows a fault (a second one would be needed there): ${tags.map((tag) => `\`${tag}\``).join(', ') || 'none'}.`;

/** `at-rest` first, then phases, then the rest as it comes. */
const kindOf = (step: Step) => (step === 'at-rest' ? 0 : step.startsWith('phase:') ? 1 : 2);
const same = (a: Cell, b: Cell) => a.step === b.step && a.killed === b.killed && a.strategy === b.strategy;

const intro = `# The kill matrix

Made by \`npm run test:chaos\`; raw results: [kill-matrix.json](kill-matrix.json). Each cell moves a service between two clusters, kills one thing at one named step (the driver is made to pause there; a kill that came after it had gone on is made again), waits for what
comes of it, and holds that to a rule. S is the source, D the destination.

The service acknowledges a write only after \`fsync\`; clients that came in at both clusters remember every acknowledgement and every answer, and the service numbers its answers in memory and gives them the name of its
incarnation: a lost write, a page of zeros or an old page, memory that went back and a second copy are all seen.

| | outcome | its rule |
|---|---|---|
| C | committed | it runs on at the destination with its memory; nothing acknowledged is lost; connections are whole, but those that came in through an outer container that was killed |
| R | rolled-back | the same, at the source |
| D | frozen-in-doubt | only while nobody can be asked; it ends by itself when the link is back, with nothing lost and nobody called |
| W | waiting | post-copy, link gone: the destination waits for pages, the source stays frozen; goes on with nothing lost and nobody called when the link is back; once the destination's journal says that it waits, the migration says what to do |
| O | ordinary-crash | the killed container held the only running copy: the service begins anew once, as it does without a migration (row \`at-rest\`), and a migration that is rolled back says so; nothing acknowledged is lost |
| L | declared-loss | post-copy's debt and somebody who held its pages are gone: the service stands still, the migration says so and what to do next, and \`carryon plan\` had announced it; nothing acknowledged is lost |
| - | not-reached | the step did not come, or there was nothing to kill then; never counted as passed |
| **X** | violated | a rule is broken |
| ? | behind a letter | the run did not look whether the driver still stood at the step when the victim was hit, or it never did: what was seen may belong to a later step. Or it did not look how the migration ended, and what it said, where the outcome depends on that |
| · | | has not run yet |

In none of them may more than one copy answer, or run.
`;

const outro = `## How to run it

\`\`\`sh
npm run test:chaos -- --list                       # the cells in the order in which they are run
npm run test:chaos -- --minutes 10 --resume        # those that have no result yet, or broke a rule on another commit, for ten minutes
npm run test:chaos -- --shard 2/4                  # a quarter of them
npm run test:chaos -- --only 'post-copy/source:journal-.*/source-engine$'
npm run test:chaos -- --disks --only disk-full     # on clusters with small disks of their own (loop devices), which are filled
npm run test:chaos -- --clocks --only clock        # with engines and coordinators whose wall clock can be set (libfaketime)
npm run test:chaos -- --lanes 4                    # four services at a time, each between two clusters of its own; only Temporal is killed alone
\`\`\`

Steps are not picked by hand: they are the tags that the native drivers have in their sources (\`engine/native/handoff\`, every effect, before and after every journal line, before and after every message is sent and acted upon), the phases of
\`domain/phases.ts\`, what the workflow asks for within a phase (\`activity:TYPE\`), and the journal's lines that the engines write themselves (\`line:SIDE:STATE\`). Before the first cell one migration by each strategy is left alone and tells what it asks for, and which tags each side passes. A post-copy of so small a service has sent all its memory ahead, so another one does as if nothing of that had come, and owes every
page after its commit: what is passed only then, and what both sides pass from the restored copy, which cannot run without a page daemon then, until all pages have come, are the steps \`source:owing:TAG\` and \`destination:owing:TAG\`. Recovery is the time from the kill until the migration was over, nothing was under way and every client had an answer;
with the link cut for ever it includes the time of the cut: 20 s unless all is well before, and 25 s more where the service stands still, which is longer than a destination waits for a commit (30 s and five times what the steps before it were predicted to take: some seconds). \`npm test\` runs a sample of the cells that leave link, clocks and disks alone, drawn by a seed (\`CARRYON_CHAOS_SEED\`, 1 unless told otherwise).

## What it does not cover

- Other wall clocks than those of one cluster's engine and coordinator, which libfaketime sets an hour ahead, and right again two seconds later: the clock is the machine's own, and no namespace has another. Temporal and the tunnel's process, which are
  static programs, keep the machine's time. A host whose clock goes back by an hour cannot begin a handshake with a WireGuard peer that knows it for an hour; the peer can. Deadlines of a handoff are durations on CLOCK_BOOTTIME.
- Loss of power: lines that were not flushed are not taken away. The model ([MODEL.md](MODEL.md)) has that, and \`test/integration/engine/host-reboot.test.ts\` does it to the engines.
- Two faults at once, other than those that a kill brings along.
- A phase of the workflow, an activity and an engine's own line are met as soon as they can be seen, some milliseconds later: nothing stands still there.
- Services of more than one process, and larger than a few MiB.
`;
