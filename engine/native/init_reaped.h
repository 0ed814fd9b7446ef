/* Exit codes of children that ended before anybody said what they are. */
#ifndef CARRYON_INIT_REAPED_H
#define CARRYON_INIT_REAPED_H

#include <stdbool.h>
#include <sys/types.h>

void reaped_remember(pid_t pid, int code);
bool reaped_code(pid_t pid, int *code);

/* As shells and container engines say it: 128 + n for signal n. */
int exit_code(int wait_status);

#endif
