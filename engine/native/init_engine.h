/* The engine: started, and started again when it ends, with growing pauses. Its output goes to a log file of its own. */
#ifndef CARRYON_INIT_ENGINE_H
#define CARRYON_INIT_ENGINE_H

#include "init_file.h"

#include <sys/types.h>

struct engine {
	pid_t pid; /* 0: not running */
	int output; /* our end of its output pipe */
	int output_writer;
	long long started_ms, start_at_ms;
	int pause_ms;
	struct rotating_file log;
};

bool engine_init(struct engine *engine);
void engine_start_when_due(struct engine *engine);
/* Milliseconds until it is to be started, -1 when it runs. */
int engine_wait_ms(const struct engine *engine);
void engine_ended(struct engine *engine);
void engine_signal(const struct engine *engine, int signal);
void engine_read_output(struct engine *engine);

#endif
