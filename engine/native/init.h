/* PID 1 of the outer container. Parts: app streams and their log, engine, control socket, mounts; init.c is the loop. */
#ifndef CARRYON_INIT_H
#define CARRYON_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Known to everybody who starts or restores the application: it writes to /proc/1/fd/<this>. */
enum { APP_STDOUT = 11, APP_STDERR = 13 };

#define STATE_DIRECTORY "/var/lib/carryon"
#define LOG_DIRECTORY STATE_DIRECTORY "/log"
#define RUN_DIRECTORY "/run/carryon"
#define CONTROL_SOCKET RUN_DIRECTORY "/init.sock"
/* What the ambassador said of itself. It has the application's environment in it. */
#define AMBASSADOR_GREETING RUN_DIRECTORY "/ambassador"

/* Message on our own stderr, which is what `docker logs` shows. */
void complain(const char *what);

/* Milliseconds that only grow. */
long long now_ms(void);

#endif
