#define _GNU_SOURCE
#include "fence.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"
#include "fault.h"
#include "nftables.h"
#include "prestart.h"

enum { NAME_ROOM = 64 };

static struct {
	const char *command;
	bool direct;
	uint8_t family;
	char table[NAME_ROOM], chain[NAME_ROOM];
	struct prestarted nft;
} fence;

static bool parse(const char *command) {
	char family[8], rest[8];
	if (sscanf(command, "flush table %7s %63s %7s", family, fence.table, rest) == 2)
		return nftables_family(family, &fence.family);
	return sscanf(command, "flush chain %7s %63s %63s %7s", family, fence.table, fence.chain, rest) == 3 &&
	       nftables_family(family, &fence.family);
}

int fence_prepare(const char *command) {
	fence.command = command;
	fence.direct = parse(command);
	return fence.direct ? nftables_open() : nft_prestart(&fence.nft);
}

int fence_open(void) {
	if (fault("fence"))
		return -1;
	if (!fence.direct)
		return (fence.nft.pid <= 0 && nft_prestart(&fence.nft)) || nft_apply(&fence.nft, fence.command) ? -1 : 0;
	if (!nftables_flush(fence.family, fence.table, fence.chain))
		return 0;
	failure_errno("network", "`nft %s` failed", fence.command);
	nftables_open(); /* a late answer of the kernel must not be taken for that to the next attempt */
	return -1;
}
