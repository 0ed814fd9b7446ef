#define _GNU_SOURCE
#include "nested.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"

static int inside = -1; /* a socket of the sandbox's network namespace */

int nested_open(pid_t sandbox) {
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/ns/net", sandbox);
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), theirs = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET))
		return failure_errno("bad-config", "cannot enter the network of the sandbox with PID 1 = %d", sandbox);
	inside = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (setns(own, CLONE_NEWNET))
		_exit(125);
	close(own);
	close(theirs);
	return inside < 0 ? failure_errno("bad-config", "cannot open a socket in the sandbox's network") : 0;
}

int nested_link_down(void) {
	struct ifreq r = {.ifr_name = "eth0"};
	if (fault("link-down"))
		return -1;
	if (ioctl(inside, SIOCGIFFLAGS, &r))
		return failure_errno("network", "cannot find eth0 in the sandbox");
	r.ifr_flags = (short)(r.ifr_flags & ~IFF_UP);
	return ioctl(inside, SIOCSIFFLAGS, &r) ? failure_errno("network", "cannot take eth0 of the sandbox down") : 0;
}
