#define _GNU_SOURCE
#include "quiet.h"

#include <linux/netfilter.h>
#include <stdio.h>

#include "failure.h"
#include "fault.h"
#include "nftables.h"

#define TABLE "carryon_quiet"
#define CHAIN "out"

int quiet_prepare(const char *device, bool open) {
	char script[256];
	snprintf(script, sizeof script, "add table netdev " TABLE "\nadd chain netdev " TABLE " " CHAIN " { type filter hook ingress device \"%s\" priority 0; %s}", device,
		 open ? "policy accept; " : "");
	return nftables_open() || nftables_script(script) ? -1 : 0;
}

int quiet_set(bool quiet) {
	if (fault("quiet"))
		return -1;
	return nftables_policy(NFPROTO_NETDEV, TABLE, CHAIN, !quiet) ? failure_errno("network", "cannot close the sandbox's way out") : 0;
}

void quiet_remove(void) { nftables_script("delete table netdev " TABLE); }
