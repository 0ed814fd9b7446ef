/* journal.ndjson: per epoch one state; the newest line of the highest epoch is the state of the service. */
#ifndef HANDOFF_JOURNAL_H
#define HANDOFF_JOURNAL_H

#include <stdint.h>

enum state { ABSENT, RUNNING, ARMED_S, FROZEN, HANDED_OFF, OWING, RELAYING, RETIRED, ARMED_D, GATED, WAITING, DISCARDED, STATES };

const char *state_name(enum state state);
/* STATES when the name is unknown. */
enum state state_from(const char *name);

/* Reads what is there; refuses (code `stale-epoch`) when the journal knows a newer epoch than `epoch`. */
int journal_open(const char *path, uint32_t epoch, const char *migration, const char *peer);
enum state journal_state(void);
/* State that the journal holds for any epoch; ABSENT when none. */
enum state journal_state_of(uint32_t epoch);

enum durability { WRITTEN, SYNCED };
/* All or nothing: what could not be written whole is taken back. */
int journal_write(enum state state, enum durability durability);
/* Has what was WRITTEN reach the disk, without waiting for it. */
void journal_sync(void);

#endif
