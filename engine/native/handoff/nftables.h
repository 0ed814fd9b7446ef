/* The few changes to nftables that the handoff makes itself: an `nft` program would take 5-12 ms of the freeze. */
#ifndef HANDOFF_NFTABLES_H
#define HANDOFF_NFTABLES_H

#include <stdbool.h>
#include <stdint.h>

int nftables_open(void);
/* Number of `ip`, `ip6`, `inet`, `netdev`; false for others. */
bool nftables_family(const char *name, uint8_t *family);
/* Deletes all rules of a table, or of one chain of it. -1 with errno. */
int nftables_flush(uint8_t family, const char *table, const char *chain);
/* What a base chain does with packets that no rule decides. -1 with errno. */
int nftables_policy(uint8_t family, const char *table, const char *chain, bool accept);
/* Runs the `nft` program with a script: for what is not urgent. */
int nftables_script(const char *script);

#endif
