/* Faults by tag, for tests: CARRYON_FAULT="<tag>=fail|exit|stop|delay:<ms>[,...]". Every effect of the handoff has a tag. */
#ifndef HANDOFF_FAULT_H
#define HANDOFF_FAULT_H

void fault_load(const char *specification);
/* 0: go on. -1: behave as if the effect had failed (the failure is noted). */
int fault(const char *tag);

#endif
