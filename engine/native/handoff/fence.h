#ifndef HANDOFF_FENCE_H
#define HANDOFF_FENCE_H

/*
 * The fence is nftables rules that drop both directions of the sandbox's interface; opening it is one `nft` command. `flush table FAMILY TABLE`
 * and `flush chain FAMILY TABLE CHAIN` go to the kernel directly, which takes a fraction of a millisecond; for anything else an `nft` program is
 * started here and waits for fence_open.
 */
int fence_prepare(const char *command);
int fence_open(void);

#endif
