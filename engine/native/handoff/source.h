/* The driver at the source. */
#ifndef HANDOFF_SOURCE_H
#define HANDOFF_SOURCE_H

#include <stdbool.h>

#include "applog.h"
#include "buffer.h"
#include "config.h"
#include "criu.h"
#include "images.h"
#include "journal.h"
#include "link.h"

struct source {
	struct config c;
	struct link control, bulk;
	struct criu criu;
	struct stdio_pipes pipes;

	/* what the destination said */
	bool peer_ready, pages_ready;
	enum state peer_state;
	uint8_t peer_log[APPLOG_SUMMARY];
	bool restored, acknowledged, discarded, pages_done, dump_stored, refusal;
	struct buffer dump_have; /* indices of files that it has already */
	char discard_reason[600];

	bool holding;     /* packets are held */
	bool stopped;     /* CRIU has stopped every process, and will not let them go before they are frozen */
	bool ran_on;      /* after the freeze: nothing of it may be committed, nor read */
	bool resumes;     /* decided: the service goes on here, whatever is heard from now on; what fails of that is tried again */
	bool runs;        /* it does, and only the record of it may be missing */
	bool retires;     /* decided: what is frozen here is destroyed; what fails of that is tried again */
	bool taken_back;  /* after the commit: whoever was connected has gone on with the copy that is lost */
	double downtime;  /* ms, from the hold to the acknowledged commit */
	size_t bytes;     /* sent in the freeze */
	bool over;        /* the driver may end */
	char *outcome;
};

extern struct source self;

int source_run(const char *config_path);

/* Prestarts what the freeze needs, unless that is past. */
int source_prepare(void);
/* A driver that died is started again: the journal says what is left to do. */
void source_recover(void);

/* Connects to the destination, now and whenever the connection is lost. */
void source_dial(void);
bool source_peer_ready(void);
/* Memory is what was dumped: it has stood still since. */
bool source_stands_still(void);
/* Waits for a peer that is ready; refuses without touching anything. */
int source_expect_peer(void);

/* A request on ctl.sock: true when it is answered at once. */
bool source_ask(const char *verb, const char *request, struct buffer *answer);
bool source_asked(void);
/* Somebody wants the verb that runs to end: heard where nothing has been touched yet. */
bool source_abort_asked(void);
/* Whoever waits for pages waits in vain. */
bool source_take_back_asked(void);
bool source_retire_asked(void);
void source_run_asked(void);

/* Each returns 0, or -1 with the failure noted. */
int source_refuse_resumed(void); /* nothing is frozen again that is being let go */
int source_only_stepwise(void); /* refuses post-copy, whose steps `handoff` does */
int source_handoff(void); /* post-copy, up to `restored` */
int source_freeze(void);
/* Resume by itself when no commit comes within the ticket's time. */
void source_limit_freeze(void);
int source_await_restored(double timeout_ms);
int source_final_dump(void);
int source_transfer(void);
int source_restore(void);
int source_commit(void); /* handedOff, COMMIT, and what follows when the answer comes in time */
int source_finish(void);

/* Hold packets from now on: the critical section begins. */
int source_hold(void);
/* Last lines of app.log, after the freeze. */
int source_log_tail(struct buffer *tail);
/* The destination owns the service. */
int source_committed(void);
/* Held packets and all that follow go to the destination. May be done again. */
void source_release(void);
/* All pages are in: nothing of the service is needed here. */
int source_retire(void);
/* The service goes on here: allowed until `handedOff`, or when the destination's journal says `discarded`. */
int source_resume(const char *why);
/* The destination is lost for good while it was owed pages: the service goes on here at the instant of the freeze. Noted first: a driver after us goes on with it. */
int source_take_back(const char *why);
/* A driver before us noted that. */
bool source_was_taken_back(void);

#endif
