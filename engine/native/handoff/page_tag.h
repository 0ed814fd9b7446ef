/*
 * A page's content as 16 bytes under a key that nobody but this process knows: GHASH, as in AES-GCM. Two contents have the same tag with a chance of
 * 1 in 2^120, whatever a service that does not know the key writes. It reads 8 GB/s, SHA-256 one.
 */
#ifndef HANDOFF_PAGE_TAG_H
#define HANDOFF_PAGE_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_tag {
	uint8_t bytes[16];
};

/* False: OpenSSL cannot, the failure is noted. */
bool page_tag(const void *page, size_t size, struct page_tag *tag);

#endif
