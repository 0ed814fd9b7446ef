#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_CLIENTS = 512, LISTEN_PORT = 8080 };

struct client {
	int fd;
	bool subscribed;
};

/* Called for each byte that a client sent. */
typedef void (*command_fn)(struct client *client, char command);

/* Listens on LISTEN_PORT; ends the program with a message if it cannot. */
void server_open(void);
/* Waits up to timeout_ns for clients and serves what they ask. extra_fd (or -1) is polled as well; true if it is readable. */
bool server_poll(long timeout_ns, int extra_fd, command_fn on_command);
/* Sends to one client; a client that cannot take all of it at once is disconnected, so that a lost number can't go unseen. */
void client_send(struct client *client, const char *text, size_t length);
void server_publish(const char *text, size_t length);

#endif
