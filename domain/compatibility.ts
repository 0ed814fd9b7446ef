import type { HostFacts, Refusal } from './migration';

/**
 * Instruction sets and register state that a running program may have found and relies on. Others (power management, mitigations,
 * virtualisation) differ between equal processors and are no business of a program.
 */
const visibleFlag =
  /^(fpu|mmx|sse\w*|ssse3|pni|fxsr\w*|avx\w*|amx_\w+|fma4?|f16c|aes|vaes|pclmulqdq|vpclmulqdq|gfni|sha\w*|sm[34]|bmi[12]|abm|popcnt|adx|movbe|movdiri|movdir64b|cx8|cx16|cmov|lahf_lm|xsave\w*|xgetbv1|rdrand|rdseed|rdpid|rdtscp|fsgsbase|clflush\w*|clwb|cldemote|erms|fsrm|rtm|hle|pku|ospke|waitpkg|serialize|tsxldtrk|enqcmd|3dnow\w*|sse4a|xop|tbm|fp|asimd\w*|pmull|crc32|atomics|fphp|cpuid|jscvt|fcma|lrcpc|dcpop|sve\w*|sme\w*|dit|uscat|ilrcpc|flagm\w*|ssbs|sb|paca|pacg|frint|i8mm|bf16|dgh|rng|bti|mte\w*|ecv)$/;

/** What a restore needs if the dump was made with it. */
const neededFeatures = ['timens'];

/** One processor has several names. */
const sameAs: Record<string, string> = { x64: 'x86_64', amd64: 'x86_64', arm64: 'aarch64' };
const architectureOf = ({ architecture }: HostFacts) => sameAs[architecture] ?? architecture;

/** An engine without CRIU says `none`; no features and any other version mean that nobody has asked yet. */
const lacksCriu = ({ criuVersion }: HostFacts) => criuVersion === 'none';

export function compareHosts(source: HostFacts, destination: HostFacts): Refusal[] {
  const refusals: Refusal[] = [];
  const [from, to] = [architectureOf(source), architectureOf(destination)];
  if (from !== to) {
    const message = `The source is ${from}, the destination ${to}: a running process cannot change its processor's architecture. Choose a destination with ${from}.`;
    return [{ code: 'architecture', message }];
  }
  const flags = missingFlags(source.cpuFlags, destination.cpuFlags);
  if (flags.length > 0) {
    refusals.push({
      code: 'cpu-flags',
      message: `The destination's processor lacks ${flags.join(', ')}, which the service may be using. Choose a destination with the same or a newer processor.`,
    });
  }
  if (olderKernel(destination.kernel, source.kernel)) {
    refusals.push({
      code: 'kernel-older',
      message: `The destination's kernel ${destination.kernel} is older than the source's ${source.kernel}. Update it to ${source.kernel} or newer, or choose another destination.`,
    });
  }
  for (const [side, facts] of [['source', source], ['destination', destination]] as const) {
    if (lacksCriu(facts)) refusals.push({ code: 'criu-missing', message: `The runtime image at the ${side} has no CRIU that works. Build or load it anew there.` });
  }
  const features = neededFeatures.filter((name) => source.criuFeatures.includes(name) && !destination.criuFeatures.includes(name));
  // A side whose features nobody has asked for yet is compared again as soon as its engine runs, before anything is armed.
  if (features.length > 0 && destination.criuFeatures.length > 0) {
    refusals.push({
      code: 'criu-feature',
      message: `CRIU at the destination cannot do ${features.join(', ')}. Run \`criu check --feature ${features[0] ?? ''}\` there to see why.`,
    });
  }
  return refusals;
}

export function missingFlags(source: readonly string[], destination: readonly string[]): string[] {
  if (source.length === 0 || destination.length === 0) return [];
  const there = new Set(destination);
  return source.filter((flag) => visibleFlag.test(flag) && !there.has(flag));
}

/** Compares major and minor only: what distributions count behind them says nothing about age. False when either is unknown. */
export function olderKernel(one: string, other: string): boolean {
  const [mine, theirs] = [release(one), release(other)];
  if (!mine || !theirs) return false;
  return mine.major < theirs.major || (mine.major === theirs.major && mine.minor < theirs.minor);
}

function release(kernel: string): { major: number; minor: number } | undefined {
  const match = /^(\d+)\.(\d+)/.exec(kernel);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}
