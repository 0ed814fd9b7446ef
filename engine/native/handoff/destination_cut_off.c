/* A page link that stays away: the service stands still before a page that it needs, and says so, until the source is back or people give it up. */
#define _GNU_SOURCE
#include "clock.h"
#include "destination.h"
#include "events.h"
#include "failure.h"
#include "freezer.h"
#include "page_waits.h"

/*
 * Links break and come back within seconds; who decides anything meanwhile had better know that pages are out of reach. What the daemon has asked for
 * in large parts it does not ask for again, so a process may wait for some of that unseen: after a minute it is taken to.
 */
enum { UNREACHED_MS = 10000, UNSEEN_MS = 60000, LOOK_EVERY_MS = 1000 };

static struct timer next_look;
static double lost;

static void stand_still(void) {
	if (page_waits_in_system_call()) /* it stands still by that, and would burn a processor in a freeze */
		log_line("a thread waits for its page inside a system call; the others are not frozen");
	else if (freezer_freeze())
		log_line("not all of the service stands still: %s", failure_text());
	if (journal_write(WAITING, SYNCED)) {
		log_line("%s", failure_text());
		freezer_thaw();
		return;
	}
	here.cut_off = true;
	event("pages", "unreachable", "%s", "");
}

static void go_on(void) {
	if (journal_write(RUNNING, WRITTEN) || freezer_thaw()) {
		log_line("the service does not go on yet: %s", failure_text());
		return;
	}
	here.cut_off = false;
	journal_sync();
	event("pages", "reachable", "%s", "");
}

static bool is_cut_off(void) {
	if (!here.carries || journal_state() != RUNNING || here.pages_whole || here.pages.link)
		return false;
	double away = boot_ms() - lost;
	return (away >= UNREACHED_MS && pages_asked_blocks(&here.pages)) || (away >= UNSEEN_MS && buffer_size(&here.pages.questions));
}

static void look(void *unused) {
	(void)unused;
	if (here.over)
		return;
	if (here.cut_off && (here.pages.link || here.pages_whole))
		go_on();
	else if (!here.cut_off && is_cut_off())
		stand_still();
	if (here.cut_off || (!here.pages.link && !here.pages_done)) {
		next_look.expired = look;
		timer_start(&next_look, LOOK_EVERY_MS);
	}
}

void destination_page_link_lost(void) {
	lost = boot_ms();
	if (config_post_copy(&here.c) && !next_look.armed)
		look(NULL);
}

void destination_page_link_back(void) {
	if (here.cut_off)
		look(NULL);
}
