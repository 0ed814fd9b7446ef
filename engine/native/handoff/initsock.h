#ifndef HANDOFF_INITSOCK_H
#define HANDOFF_INITSOCK_H

#include <stddef.h>

/* One request to init, one line as the answer. `none` as the path: there is no init (tests), the answer is empty. */
int init_request(const char *path, const char *request, char *answer, size_t size);

#endif
