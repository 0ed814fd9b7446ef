#define _GNU_SOURCE
#include "initsock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "failure.h"

int init_request(const char *path, const char *request, char *answer, size_t size) {
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 2};
	*answer = 0;
	if (!strcmp(path, "none"))
		return 0;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	bool sent = s >= 0 && !connect(s, (struct sockaddr *)&to, sizeof to) && dprintf(s, "%s\n", request) > 0;
	size_t have = 0;
	while (sent && have < size - 1 && !memchr(answer, '\n', have)) {
		ssize_t n = read(s, answer + have, size - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	answer[have] = 0;
	close(s);
	if (!have)
		return failure_errno("init", "init did not answer to `%s` on %s", request, path);
	answer[strcspn(answer, "\n")] = 0;
	return 0;
}
