#include "page_tag.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "failure.h"

enum { KEY_SIZE = 16, NONCE_SIZE = 12 };

static EVP_CIPHER_CTX *keyed(void) {
	static EVP_CIPHER_CTX *context;
	uint8_t key[KEY_SIZE];
	if (context)
		return context;
	context = EVP_CIPHER_CTX_new();
	if (context && (RAND_bytes(key, sizeof key) != 1 || EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, key, NULL) != 1)) {
		EVP_CIPHER_CTX_free(context);
		context = NULL;
	}
	return context;
}

/* The nonce may stay the same: no tag leaves this process, they are only compared. */
bool page_tag(const void *page, size_t size, struct page_tag *tag) {
	static const uint8_t nonce[NONCE_SIZE];
	EVP_CIPHER_CTX *c = keyed();
	int length;
	bool good = c && EVP_EncryptInit_ex(c, NULL, NULL, NULL, nonce) == 1 && EVP_EncryptUpdate(c, NULL, &length, page, (int)size) == 1 &&
		    EVP_EncryptFinal_ex(c, tag->bytes, &length) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, sizeof tag->bytes, tag->bytes) == 1;
	if (!good)
		failure("pages", "OpenSSL cannot compute the tag of a page");
	return good;
}
