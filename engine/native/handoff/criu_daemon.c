#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "criu.h"
#include "criu_parts.h"
#include "failure.h"

/*
 * The daemon wants the images when it starts, but they exist only in the freeze. So it is started before, with a FIFO for the first image
 * that it reads: exec, libraries and kernel checks are then behind it.
 */
int criu_start_daemon(const struct config *c, int pages, int status, int holder, pid_t *pid) {
	char page_socket[16], status_fd[16];
	char verbosity[8];
	snprintf(page_socket, sizeof page_socket, "%d", pages);
	snprintf(status_fd, sizeof status_fd, "%d", status);
	snprintf(verbosity, sizeof verbosity, "-v%d", criu_parts.log_level);
	char *arguments[] = {"lazy-pages",  "--page-server", "--ps-socket", page_socket, "-D",     criu_parts.images_path, "-o",
			     "lazy-pages.log", "--status-fd", status_fd,    verbosity,   NULL};
	unlinkat(criu_parts.images, "inventory.img", 0);
	if (mkfifoat(criu_parts.images, "inventory.img", 0600))
		return failure_errno("criu", "cannot make a FIFO for the lazy-pages daemon");
	*pid = criu_spawn(c, &(struct criu_program){.arguments = arguments, .socket = -1, .pages = pages, .status = status, .holder = holder});
	return *pid < 0 ? -1 : 0;
}

int criu_feed_daemon(const void *inventory, size_t size) {
	int fifo = openat(criu_parts.images, "inventory.img", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	int file = openat(criu_parts.images, "inventory.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fifo < 0 || file < 0)
		return failure_errno("criu", "the lazy-pages daemon does not wait for its criu_parts.images; see lazy-pages.log");
	bool good = write(file, inventory, size) == (ssize_t)size && !renameat(criu_parts.images, "inventory.tmp", criu_parts.images, "inventory.img") &&
		    write(fifo, inventory, size) == (ssize_t)size;
	close(file);
	close(fifo);
	return good ? 0 : failure_errno("criu", "cannot give the lazy-pages daemon its images");
}
