#define _GNU_SOURCE
#include "route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"

enum { MOST_WORDS = 16, FULL_PREFIX = 32 };

struct route {
	struct in_addr to, via, source;
	int prefix;
	unsigned device;
	uint32_t table;
	bool has_via, has_source, onlink;
};

struct request {
	struct nlmsghdr header;
	struct rtmsg message;
	char attributes[128];
};

static int netlink = -1;

int route_open(void) {
	struct timeval limit = {.tv_sec = 1};
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (netlink < 0 || setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit))
		return failure_errno("route", "cannot open a routing socket");
	return 0;
}

static bool parse_destination(char *word, struct route *r) {
	char *slash = strchr(word, '/');
	r->prefix = FULL_PREFIX;
	if (slash) {
		*slash = 0;
		r->prefix = atoi(slash + 1);
	}
	return inet_pton(AF_INET, word, &r->to) == 1;
}

static bool parse_option(char **words, int *at, struct route *r) {
	const char *name = words[*at], *value = words[*at + 1];
	if (!strcmp(name, "onlink")) {
		r->onlink = true;
		*at += 1;
		return true;
	}
	if (!value)
		return false;
	*at += 2;
	if (!strcmp(name, "dev"))
		return (r->device = if_nametoindex(value)) != 0;
	if (!strcmp(name, "via"))
		return r->has_via = inet_pton(AF_INET, value, &r->via) == 1;
	if (!strcmp(name, "src"))
		return r->has_source = inet_pton(AF_INET, value, &r->source) == 1;
	if (!strcmp(name, "table"))
		return (r->table = (uint32_t)strtoul(value, NULL, 10)) != 0;
	return false;
}

/* False when the command says something that only `ip` understands. */
static bool parse(const char *command, struct route *r) {
	char text[256], *words[MOST_WORDS + 1] = {0};
	int count = 0, at = 3;
	snprintf(text, sizeof text, "%s", command);
	for (char *word = strtok(text, " \t"); word && count < MOST_WORDS; word = strtok(NULL, " \t"))
		words[count++] = word;
	*r = (struct route){.table = RT_TABLE_MAIN};
	if (count < 5 || strcmp(words[0], "route") || strcmp(words[1], "replace") || !parse_destination(words[2], r))
		return false;
	while (at < count)
		if (!parse_option(words, &at, r))
			return false;
	return r->device != 0;
}

static void attribute(struct request *q, unsigned short type, const void *data, size_t size) {
	struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len));
	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	q->header.nlmsg_len = NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int answer(void) {
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} a;
	ssize_t n = recv(netlink, &a, sizeof a, 0);
	if (n < (ssize_t)sizeof a.header || a.header.nlmsg_type != NLMSG_ERROR)
		return -1;
	errno = -a.error.error;
	return a.error.error ? -1 : 0;
}

static int replace(const struct route *r) {
	static uint32_t sequence;
	struct request q = {
		.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			   .nlmsg_type = RTM_NEWROUTE,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
			   .nlmsg_seq = ++sequence},
		.message = {.rtm_family = AF_INET,
			    .rtm_dst_len = (unsigned char)r->prefix,
			    .rtm_protocol = RTPROT_BOOT,
			    .rtm_scope = r->has_via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
			    .rtm_type = RTN_UNICAST,
			    .rtm_flags = r->onlink ? RTNH_F_ONLINK : 0},
	};
	attribute(&q, RTA_DST, &r->to, sizeof r->to);
	attribute(&q, RTA_OIF, &r->device, sizeof r->device);
	attribute(&q, RTA_TABLE, &r->table, sizeof r->table);
	if (r->has_via)
		attribute(&q, RTA_GATEWAY, &r->via, sizeof r->via);
	if (r->has_source)
		attribute(&q, RTA_PREFSRC, &r->source, sizeof r->source);
	return send(netlink, &q, q.header.nlmsg_len, 0) < 0 ? -1 : answer();
}

static int run_ip(const char *command) {
	char text[512];
	int status, ends[2];
	int size = snprintf(text, sizeof text, "%s\n", command);
	if (pipe(ends))
		return failure_errno("route", "cannot run ip");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[1]);
		execlp("ip", "ip", "-batch", "-", NULL);
		_exit(127);
	}
	close(ends[0]);
	bool written = write(ends[1], text, (size_t)size) == size;
	close(ends[1]);
	if (waitpid(pid, &status, 0) < 0 || !written || status)
		return failure("route", "`ip %s` failed with status %d; see driver.log", command, WEXITSTATUS(status));
	return 0;
}

int route_run(const char *command) {
	struct route r;
	if (!parse(command, &r))
		return run_ip(command);
	return replace(&r) ? failure_errno("route", "`ip %s` failed", command) : 0;
}
