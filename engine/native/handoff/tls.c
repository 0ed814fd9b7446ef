#define _GNU_SOURCE
#include "tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "failure.h"

static SSL_CTX *context;
static enum role own_role;

const char *tls_error(void) {
	static char text[256];
	unsigned long code = ERR_peek_last_error();
	if (!code)
		return "connection closed";
	ERR_error_string_n(code, text, sizeof text);
	ERR_clear_error();
	return text;
}

int tls_open(const struct config *c, enum role role) {
	own_role = role;
	context = SSL_CTX_new(role == SOURCE ? TLS_client_method() : TLS_server_method());
	if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION))
		return failure("tls", "cannot start TLS: %s", tls_error());
	if (SSL_CTX_use_certificate_chain_file(context, c->cert) != 1)
		return failure("tls", "cannot read the certificate %s: %s", c->cert, tls_error());
	if (SSL_CTX_use_PrivateKey_file(context, c->key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1)
		return failure("tls", "cannot use the key %s: %s", c->key, tls_error());
	if (SSL_CTX_load_verify_locations(context, c->peerca, NULL) != 1)
		return failure("tls", "cannot read the peer's CA %s: %s", c->peerca, tls_error());
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 0);
	return 0;
}

SSL *tls_session(int fd) {
	SSL *ssl = SSL_new(context);
	if (!ssl || !SSL_set_fd(ssl, fd))
		return NULL;
	if (own_role == SOURCE)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	return ssl;
}

static bool names(GENERAL_NAMES *all, const char *uri) {
	size_t length = strlen(uri);
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
		if (name->type != GEN_URI)
			continue;
		const ASN1_STRING *text = name->d.uniformResourceIdentifier;
		if ((size_t)ASN1_STRING_length(text) == length && !memcmp(ASN1_STRING_get0_data(text), uri, length))
			return true;
	}
	return false;
}

bool tls_peer_is(SSL *ssl, const char *uri) {
	X509 *certificate = SSL_get1_peer_certificate(ssl);
	if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) {
		X509_free(certificate);
		return false;
	}
	GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool is = all && names(all, uri);
	GENERAL_NAMES_free(all);
	X509_free(certificate);
	return is;
}
