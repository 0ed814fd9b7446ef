/* The driver at the destination. */
#ifndef HANDOFF_DESTINATION_H
#define HANDOFF_DESTINATION_H

#include <stdbool.h>

#include "buffer.h"
#include "config.h"
#include "criu.h"
#include "images.h"
#include "journal.h"
#include "link.h"
#include "loop.h"
#include "pages_asked.h"
#include "prestart.h"
#include "roots.h"

struct destination {
	struct config c;
	struct link *control, *bulk; /* NULL: none */
	struct pages_asked pages;
	int criu_pages;
	struct criu criu;
	pid_t daemon; /* lazy-pages; 0: none */
	struct watch daemon_end, daemon_status;
	bool daemon_ready, daemon_ended, daemon_failed, unreadable;
	struct prestarted lastpid;
	struct roots roots;
	struct images images;
	struct buffer changes, log;
	struct timer deadline;
	double restore_began;

	/* asked by the source */
	bool restore_wanted, commit_wanted, abort_wanted, retired;
	bool images_failed;
	bool doubted; /* discarded after RESTORED: a commit may have been sent */
	bool resume_pending; /* CRIU waits for our word to let the tree go */
	bool carries;        /* committed, the fence is open and the tree runs */
	bool pages_whole; /* the daemon has ended well: every page is in */
	bool cut_off;     /* committed, and the link that its pages come by is away: it goes on when that is back */
	bool pages_done, over;
	bool dismissed; /* a later arrival needs the port */
	const char *outcome;
};

extern struct destination here;

int destination_run(const char *config_path);

int destination_prepare(void);
int destination_listen(void);
/* The journal says that the service is this side's. */
bool destination_owns(void);
/* A request on ctl.sock: true when it is answered at once. */
bool destination_ask(const char *verb, const char *request, struct buffer *answer);
bool destination_asked(void);
void destination_run_asked(void);
/* Stop-and-copy. */
void destination_dump_frame(enum frame type, const uint8_t *payload, size_t size);
int destination_load_dump(void);
void destination_images(const uint8_t *payload, size_t size);
/* The source's own container died while it was frozen, and nobody else has the service: it goes on here from the final dump. */
int destination_restore_own(void);
/* To the last step before the gate's record: fenced and frozen. */
int destination_restore_to_gate(void);
/* Restores, gates, tells the source. On failure it discards. */
void destination_restore(void);
/* Answers the source with what is true; acknowledges only a service that runs. */
void destination_commit(void);
/* Takes over from a driver that died after the commit. */
int destination_recover(void);
/* Gone for good: journal first, then kill behind the fence. */
void destination_discard(const char *why);
/* It waits for pages that are lost, and begins afresh: what was restored ends. */
void destination_give_up(void);
/* Every page is in: the source may retire. */
void destination_pages_complete(void);
/* Nothing is owed: the driver ends when the source has retired, or has been silent for long. */
void destination_await_retirement(void);
/* Owed pages cannot come any more: the service is frozen and waits. */
void destination_pages_lost(void);
/* They may come later: it waits as well, and goes on by itself. */
void destination_page_link_lost(void);
void destination_page_link_back(void);
/* The source says that it has no such page. */
void destination_page_unreadable(void);
/* What a driver before us noted. */
bool destination_pages_were_whole(void);
/* A note of an earlier attempt is not about this one. */
void destination_forget_pages(void);
/* Before a commit: what is known of the pages by now, known to the driver. */
void destination_look_at_pages(void);
/* The lazy-pages daemon has ended. */
void destination_daemon_ended(void);
void destination_tell(enum frame type, const void *payload, size_t size);

#endif
