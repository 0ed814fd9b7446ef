/* ctl.sock: requests of the engine, one JSON line each. */
#ifndef HANDOFF_CTL_H
#define HANDOFF_CTL_H

#include <stdbool.h>

struct buffer;

/*
 * Answers at once: fills `answer` and returns true. Otherwise the verb is long: false, and the asker gets what ctl_answer says for that verb.
 */
typedef bool (*ctl_handler)(const char *verb, const char *request, struct buffer *answer);

int ctl_open(const char *directory, ctl_handler handler);
/* Answers everyone who waits for the verb. */
void ctl_answer(const char *verb, const struct buffer *answer);
void ctl_close(const char *directory);

#endif
