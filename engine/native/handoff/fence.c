#define _GNU_SOURCE
#include "fence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"
#include "prestart.h"

enum { NAME_ROOM = 64, BATCH_ROOM = 512 };

static struct {
	const char *command;
	bool direct;
	uint8_t family;
	char table[NAME_ROOM], chain[NAME_ROOM];
	int netlink;
	struct prestarted nft;
} fence = {.netlink = -1};

static bool family_of(const char *name, uint8_t *family) {
	static const struct {
		const char *name;
		uint8_t number;
	} families[] = {{"ip", NFPROTO_IPV4}, {"ip6", NFPROTO_IPV6}, {"inet", NFPROTO_INET}};
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (!strcmp(families[i].name, name)) {
			*family = families[i].number;
			return true;
		}
	return false;
}

static bool parse(const char *command) {
	char family[8], rest[8];
	if (sscanf(command, "flush table %7s %63s %7s", family, fence.table, rest) == 2)
		return family_of(family, &fence.family);
	return sscanf(command, "flush chain %7s %63s %63s %7s", family, fence.table, fence.chain, rest) == 3 && family_of(family, &fence.family);
}

int fence_prepare(const char *command) {
	struct timeval limit = {.tv_sec = 2};
	fence.command = command;
	fence.direct = parse(command);
	if (!fence.direct)
		return nft_prestart(&fence.nft);
	fence.netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fence.netlink < 0 || setsockopt(fence.netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit))
		return failure_errno("network", "cannot open a netfilter socket");
	return 0;
}

struct batch {
	char bytes[BATCH_ROOM];
	size_t size;
	struct nlmsghdr *last;
};

static void add_message(struct batch *b, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
	struct nfgenmsg *body;
	b->last = (struct nlmsghdr *)(b->bytes + b->size);
	*b->last = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(sizeof *body), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = 1};
	body = NLMSG_DATA(b->last);
	*body = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
	b->size += NLMSG_ALIGN(b->last->nlmsg_len);
}

static void add_name(struct batch *b, uint16_t type, const char *name) {
	struct nlattr *a = (struct nlattr *)(b->bytes + b->size);
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + strlen(name) + 1);
	strcpy((char *)a + NLA_HDRLEN, name);
	b->size += NLA_ALIGN(a->nla_len);
	b->last->nlmsg_len += NLA_ALIGN(a->nla_len);
}

/* Deletes all rules of the table, or of one chain. */
static int flush_rules(void) {
	struct batch b = {.size = 0};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	memset(b.bytes, 0, sizeof b.bytes);
	add_message(&b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	add_message(&b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE, NLM_F_ACK, fence.family, 0);
	add_name(&b, NFTA_RULE_TABLE, fence.table);
	if (*fence.chain)
		add_name(&b, NFTA_RULE_CHAIN, fence.chain);
	add_message(&b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	if (send(fence.netlink, b.bytes, b.size, 0) < 0 || recv(fence.netlink, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.header)
		return -1;
	errno = answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
	return errno ? -1 : 0;
}

int fence_open(void) {
	if (fault("fence"))
		return -1;
	if (!fence.direct)
		return nft_apply(&fence.nft, fence.command);
	return flush_rules() ? failure_errno("network", "`nft %s` failed", fence.command) : 0;
}
