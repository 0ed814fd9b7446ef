/* events.ndjson: what the driver did, one JSON object per line. */
#ifndef HANDOFF_EVENTS_H
#define HANDOFF_EVENTS_H

int events_open(const char *directory);
/* Start of the critical section: `ms` of later events counts from here. */
void events_begin(void);
double events_ms(void);
/* `extra` formats further members, each as `,"name":value`; may be empty. */
void event(const char *step, const char *state, const char *extra, ...) __attribute__((format(printf, 3, 4)));
void event_end(const char *outcome, const char *extra, ...) __attribute__((format(printf, 2, 3)));

#endif
