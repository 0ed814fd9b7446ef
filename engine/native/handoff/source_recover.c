#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "events.h"
#include "failure.h"
#include "freezer.h"
#include "quiet.h"
#include "source.h"

static void recover_frozen(void) {
	if (config_post_copy(&self.c))
		source_resume("the driver was restarted before the commit");
	else if (self.ran_on) /* what the destination may have restored is older than what ran here */
		source_resume("the service may have run since it was frozen");
	else
		source_limit_freeze();
}

/* In the memory of the outer container, like the tree: a driver that comes after us finds it frozen again. */
static bool has_run(void) {
	char path[4096];
	snprintf(path, sizeof path, "%s/ran-on", self.c.dir);
	if (freezer_asked())
		return access(path, F_OK) == 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		log_line("cannot write %s", path);
	else
		close(fd);
	return true;
}

/* The freezer comes first: a driver may have died in a resume. */
void source_recover(void) {
	enum state state = journal_state();
	if (state != FROZEN && state != HANDED_OFF && state != OWING && state != RELAYING)
		return;
	self.ran_on = has_run();
	if (freezer_freeze() || quiet_set(true))
		log_line("recovering: %s", failure_text());
	if (state == OWING && source_was_taken_back())
		source_take_back("a driver has died while it took the service back");
	else if (state == OWING || state == RELAYING) {
		source_release();
		event_end("committed", "%s", "");
	} else
		self.holding = true; /* the device and the route have outlived the driver */
	if (state == FROZEN)
		recover_frozen();
	else if (state == RELAYING)
		source_retire();
}

