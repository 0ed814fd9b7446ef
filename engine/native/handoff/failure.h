/* The last failure of this process: a stable code and a sentence; and the driver's log. */
#ifndef HANDOFF_FAILURE_H
#define HANDOFF_FAILURE_H

/* Notes the failure, logs it, returns -1 so that callers can `return failure(...)`. */
int failure(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with strerror(errno) added. */
int failure_errno(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *failure_code(void);
const char *failure_text(void);

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
