/*
 * A rule of the handoff that is not kept, for tests of the tests: CARRYON_MUTATION="<tag>" takes it away, in a build with -DMUTATIONS only. In any
 * other build nothing of this is in the program.
 */
#ifndef HANDOFF_MUTATION_H
#define HANDOFF_MUTATION_H

#ifdef MUTATIONS
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool mutated(const char *tag) {
	const char *chosen = getenv("CARRYON_MUTATION");
	return chosen && !strcmp(chosen, tag);
}
#else
#define mutated(tag) 0
#endif

#endif
