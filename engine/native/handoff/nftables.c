#define _GNU_SOURCE
#include "nftables.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "failure.h"
#include "prestart.h"

enum { BATCH_ROOM = 512 };

struct batch {
	char bytes[BATCH_ROOM];
	size_t size;
	struct nlmsghdr *last;
};

static int netlink = -1;

int nftables_open(void) {
	struct timeval limit = {.tv_sec = 2};
	if (netlink >= 0)
		close(netlink);
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (netlink < 0 || setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit))
		return failure_errno("network", "cannot open a netfilter socket; the outer container needs NET_ADMIN");
	return 0;
}

bool nftables_family(const char *name, uint8_t *family) {
	static const struct {
		const char *name;
		uint8_t number;
	} families[] = {{"ip", NFPROTO_IPV4}, {"ip6", NFPROTO_IPV6}, {"inet", NFPROTO_INET}, {"netdev", NFPROTO_NETDEV}};
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (!strcmp(families[i].name, name)) {
			*family = families[i].number;
			return true;
		}
	return false;
}

static void add_message(struct batch *b, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
	struct nfgenmsg *body;
	b->last = (struct nlmsghdr *)(b->bytes + b->size);
	*b->last = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(sizeof *body), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = 1};
	body = NLMSG_DATA(b->last);
	*body = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
	b->size += NLMSG_ALIGN(b->last->nlmsg_len);
}

static void begin(struct batch *b, uint16_t type, uint8_t family) {
	memset(b, 0, sizeof *b);
	add_message(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	add_message(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_ACK, family, 0);
}

static void add_attribute(struct batch *b, uint16_t type, const void *data, size_t size) {
	struct nlattr *a = (struct nlattr *)(b->bytes + b->size);
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((char *)a + NLA_HDRLEN, data, size);
	b->size += NLA_ALIGN(a->nla_len);
	b->last->nlmsg_len += NLA_ALIGN(a->nla_len);
}

static void add_name(struct batch *b, uint16_t type, const char *name) { add_attribute(b, type, name, strlen(name) + 1); }

static int commit(struct batch *b) {
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	add_message(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	if (send(netlink, b->bytes, b->size, 0) < 0 || recv(netlink, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.header)
		return -1;
	errno = answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
	return errno ? -1 : 0;
}

int nftables_flush(uint8_t family, const char *table, const char *chain) {
	struct batch b;
	begin(&b, NFT_MSG_DELRULE, family);
	add_name(&b, NFTA_RULE_TABLE, table);
	if (*chain)
		add_name(&b, NFTA_RULE_CHAIN, chain);
	return commit(&b);
}

int nftables_policy(uint8_t family, const char *table, const char *chain, bool accept) {
	struct batch b;
	uint32_t policy = htonl(accept ? NF_ACCEPT : NF_DROP);
	begin(&b, NFT_MSG_NEWCHAIN, family);
	add_name(&b, NFTA_CHAIN_TABLE, table);
	add_name(&b, NFTA_CHAIN_NAME, chain);
	add_attribute(&b, NFTA_CHAIN_POLICY, &policy, sizeof policy);
	return commit(&b);
}

int nftables_script(const char *script) {
	struct prestarted p;
	return nft_prestart(&p) || nft_apply(&p, script) ? -1 : 0;
}
