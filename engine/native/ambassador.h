/* Stands for the application in a container of the user's own image; talks to the outer container beside it through a directory that both see. */
#ifndef CARRYON_AMBASSADOR_H
#define CARRYON_AMBASSADOR_H

#include <stdbool.h>
#include <stddef.h>

/* Of our own failures, as shells and container engines use them. */
enum { CANNOT_RUN = 125 };

/* Connects to a socket that lies beside this program; waits for it as long as the outer container is only beginning. -1 with errno. */
int dial(const char *name);
bool write_all(int fd, const void *bytes, size_t length);
/* False at the end as well; errno is 0 then. */
bool read_all(int fd, void *bytes, size_t length);
void complain(const char *what);

/* Runs a program beside the application; with `probe`, a service that does not run here now counts as healthy. */
int ambassador_exec(char **argv, bool probe);

#endif
