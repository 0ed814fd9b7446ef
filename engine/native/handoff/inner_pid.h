#ifndef HANDOFF_INNER_PID_H
#define HANDOFF_INNER_PID_H

#include <stdint.h>
#include <sys/types.h>

/* PID of every application's root, in its sandbox (pid1.c). */
enum { APPLICATION_ROOT = 1001 };

/* PID of a process in the innermost namespace: the last number of NSpid. 0 when there is no such process. */
uint64_t inner_pid(pid_t pid);

#endif
