/*
 * Faults by tag, for tests: CARRYON_FAULT="<tag>=fail|fail:<times>|exit|stop|delay:<ms>|pause:<ms>[,...]". Every effect of the handoff has a tag; so has the time
 * after each journal line (journal-<state>-written), and each message: before it leaves (send-<FRAME>), after it has (sent-<FRAME>), when it has come
 * (heard-<FRAME>) and when it has been acted upon (took-<FRAME>). `pause` is a delay the first time only; what fails so many times succeeds then (one tag a driver). CARRYON_FAULT="trace[,...]": each tag that
 * is passed is logged, once.
 */
#ifndef HANDOFF_FAULT_H
#define HANDOFF_FAULT_H

void fault_load(const char *specification);
/* 0: go on. -1: behave as if the effect had failed (the failure is noted). */
int fault(const char *tag);
/* The same for the tag <when>-<what>. */
int fault_at(const char *when, const char *what);

#endif
