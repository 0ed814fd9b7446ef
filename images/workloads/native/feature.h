#ifndef FEATURE_H
#define FEATURE_H

#include <stdbool.h>

/* A kernel object that a process may hold: made once by open, used by check, which says whether it still does what it did. */
struct feature {
	const char *name;
	bool (*open)(void);
	bool (*check)(void);
};

extern const struct feature file_features[];
extern const struct feature ipc_features[];
extern const struct feature process_features[];

#define FEATURE_DIR "/var/forking"

#endif
