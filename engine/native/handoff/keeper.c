#define _GNU_SOURCE
#include "keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "freezer.h"
#include "journal.h"

enum word { COMMITTED = 'c', END = 'e' };

static int channel = -1;
static pid_t keeper;

/* The driver is dead. Nothing may run on without its pages; hold on until the tree is gone. */
static void hold_on(bool committed) {
	pid_t *pids;
	if (!freezer_freeze() && committed)
		journal_write(WAITING, SYNCED);
	for (ssize_t n = 1; n > 0; sleep(1)) {
		n = freezer_pids(&pids);
		if (n >= 0)
			free(pids);
	}
}

static void keep(int socket) {
	bool committed = false;
	for (char word; read(socket, &word, 1) == 1;) {
		if (word == END)
			_exit(0);
		committed = true;
	}
	hold_on(committed);
	_exit(0);
}

int keeper_start(void) {
	int pair[2], holder[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) || pipe2(holder, O_CLOEXEC))
		return failure_errno("keeper", "cannot start the keeper");
	keeper = fork();
	if (keeper < 0)
		return failure_errno("keeper", "cannot start the keeper");
	if (keeper == 0) {
		setsid();
		prctl(PR_SET_NAME, "handoff-keeper");
		signal(SIGTERM, SIG_IGN);
		close(pair[0]);
		close(holder[0]);
		keep(pair[1]);
	}
	close(pair[1]);
	close(holder[1]);
	channel = pair[0];
	return holder[0];
}

static void tell(char word) {
	if (send(channel, &word, 1, MSG_NOSIGNAL) != 1)
		log_line("cannot talk to the keeper");
}

void keeper_committed(void) { tell(COMMITTED); }

void keeper_end(void) {
	if (keeper <= 0)
		return;
	tell(END);
	close(channel);
	waitpid(keeper, NULL, 0);
	keeper = 0;
}
