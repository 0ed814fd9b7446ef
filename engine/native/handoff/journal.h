/*
 * journal.ndjson: per epoch one state; that of the highest epoch is the state of the service. The newest line of an epoch is its state, but what
 * decided it stands: nothing counts after `discarded`, and after `running` or `waiting` only these two.
 */
#ifndef HANDOFF_JOURNAL_H
#define HANDOFF_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

enum state { ABSENT, RUNNING, ARMED_S, FROZEN, HANDED_OFF, OWING, RELAYING, RETIRED, ARMED_D, GATED, WAITING, DISCARDED, STATES };

const char *state_name(enum state state);
/* STATES when the name is unknown. */
enum state state_from(const char *name);

/* Reads what is there; refuses (code `stale-epoch`) when the journal knows a newer epoch than `epoch`. */
int journal_open(const char *path, uint32_t epoch, const char *migration, const char *peer);
/* Of this epoch, as it was when this driver last wrote. */
enum state journal_state(void);

/* Whether a newer epoch has begun by now, or the relay of this one was ended: what this one left behind is the engine's to remove. */
bool journal_superseded(void);

enum durability { WRITTEN, SYNCED };
/*
 * All or nothing: what could not be written whole is taken back. Code `decided` when the engine was first to write what the epoch came to;
 * journal_state() is that then, and the caller must not act on its own word.
 */
int journal_write(enum state state, enum durability durability);
/* Has what was WRITTEN reach the disk, without waiting for it. */
void journal_sync(void);

#endif
