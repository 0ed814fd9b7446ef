type Act = () => void | Promise<void>;

/** What a test lets happen at an effect. Each stays until it is lifted, or for a number of times. */
export class Faults {
  private readonly rules: { tag: string; when: 'before' | 'after'; act: Act; times: number }[] = [];

  /** The effect does not happen. */
  fail(tag: string, error: Error, times = Infinity): void {
    this.add(tag, 'before', () => Promise.reject(error), times);
  }

  /** The effect happens, its answer gets lost. */
  lose(tag: string, error: Error, times = Infinity): void {
    this.add(tag, 'after', () => Promise.reject(error), times);
  }

  /** Something else happens first, or the effect is held up. */
  meanwhile(tag: string, act: Act, times = Infinity): void {
    this.add(tag, 'before', act, times);
  }

  lift(tag: string): void {
    for (const rule of this.rules) if (rule.tag === tag) rule.times = 0;
  }

  before = (tag: string) => this.apply(tag, 'before');
  after = (tag: string) => this.apply(tag, 'after');

  private add(tag: string, when: 'before' | 'after', act: Act, times: number): void {
    this.rules.push({ tag, when, act, times });
  }

  private async apply(tag: string, when: 'before' | 'after'): Promise<void> {
    const rule = this.rules.find((candidate) => candidate.tag === tag && candidate.when === when && candidate.times > 0);
    if (!rule) return;
    rule.times -= 1;
    await rule.act();
  }
}
