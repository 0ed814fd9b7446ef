#define _GNU_SOURCE
#include "nested.h"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"
#include "fault.h"

enum { POLL_US = 200 };

static int inside = -1, diagnosis = -1; /* sockets of the sandbox's network namespace */

int nested_open(pid_t sandbox) {
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/ns/net", sandbox);
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), theirs = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET))
		return failure_errno("bad-config", "cannot enter the network of the sandbox with PID 1 = %d", sandbox);
	inside = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	diagnosis = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
	if (setns(own, CLONE_NEWNET))
		_exit(125);
	close(own);
	close(theirs);
	return inside < 0 || diagnosis < 0 ? failure_errno("bad-config", "cannot open a socket in the sandbox's network") : 0;
}

/* Of one part of the answer: connections that wait to be accepted. -1 at its end, or when it cannot be read. */
static int count_waiting(const struct nlmsghdr *h, ssize_t size, long *waiting) {
	for (; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
		if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			return -1;
		/* of a socket that listens, the kernel tells the length of this queue here */
		*waiting += ((const struct inet_diag_msg *)NLMSG_DATA(h))->idiag_rqueue;
	}
	return 0;
}

static long waiting_in(unsigned char family) {
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} ask = {.head = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		 .request = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1U << TCP_LISTEN}};
	char answer[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	long waiting = 0;
	/* what was left of an answer that could not be read */
	while (recv(diagnosis, answer, sizeof answer, 0) > 0)
		;
	if (send(diagnosis, &ask, sizeof ask, 0) != (ssize_t)sizeof ask)
		return 0;
	/* the kernel answers within the send, and goes on within each recv */
	for (ssize_t n; (n = recv(diagnosis, answer, sizeof answer, 0)) > 0;)
		if (count_waiting((const struct nlmsghdr *)answer, n, &waiting))
			break;
	return waiting;
}

void nested_await_accepted(double timeout_ms) {
	long waiting = 0;
	for (double end = mono_ms() + timeout_ms; (waiting = waiting_in(AF_INET) + waiting_in(AF_INET6)) > 0; usleep(POLL_US))
		if (mono_ms() > end) {
			log_line("%ld connections were not accepted within %.0f ms", waiting, timeout_ms);
			return;
		}
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
