/* What there is in the world: journals, disks, process trees, drivers, pages that are owed, messages under way. */

/* As in domain/service.ts and engine/native/handoff/journal.c; a test compares the names. */
mtype:state = { absent, running, armedS, frozen, handedOff, owing, relaying, retired, armedD, gated, waiting, discarded };

/* `stopped` is frozen and, at a destination, fenced: nobody can tell that it is there. `runs` is seen by clients. */
mtype:processes = { none, stopped, runs };

#define at(cluster, epoch) ((cluster) * (EPOCHS + 1) + (epoch))

mtype:state journal[CLUSTERS * (EPOCHS + 1)]; /* by cluster and epoch: what an engine reads */
byte epoch[CLUSTERS];                         /* the newest in that journal */
mtype:state disk[CLUSTERS];                   /* what a reboot of the host leaves of the newest epoch's state */
mtype:processes tree[CLUSTERS];
byte lacks[CLUSTERS];     /* epoch in which this tree arrived without its pages, as long as it has not got them */
bool down[CLUSTERS];      /* the outer container has died and was not started again yet */
bool gone[CLUSTERS];      /* ... and never will be */
bool asking[CLUSTERS];    /* a restarted container that waits for its peer's word */
byte arming[CLUSTERS];    /* epoch that the engine is about to take as a destination */

#define here(cluster) journal[at(cluster, epoch[cluster])]

/* One source and one destination per epoch. A driver's own view of the journal; `absent`: there is no driver. */
byte tickets;
byte src[EPOCHS + 1], dst[EPOCHS + 1];
mtype:state sdriver[EPOCHS + 1], ddriver[EPOCHS + 1];
bool begun[EPOCHS + 1];  /* the source's driver has been ready once: it may have held packets and stopped the application */
bool doomed[EPOCHS + 1]; /* the destination's engine has looked, and is about to write a discard */
bool ran[EPOCHS + 1];    /* the source's tree may have run since its dump: nothing of it may be committed */
bool dumped[EPOCHS + 1]; /* stop-and-copy: a complete final dump lies on the source's disk */
bool stale[EPOCHS + 1];  /* only the model knows: the service has run at the source since the dump that was sent */

/*
 * What was said about an epoch may be heard never, once, often, late, and in any order: that is loss, repetition, overtaking and a
 * partition of one direction or both.
 */
short said[EPOCHS + 1];
#define READY     1   /* destination's driver to the source's */
#define RESTORE   2
#define RESTORED  4
#define COMMIT    8
#define ABORT     16
#define OWNED     32  /* acknowledged, or read in the destination's journal by engine or coordinator */
#define DISCARDED 64
#define WHOLE     128 /* every page is in */
#define ASK       256 /* a restarted source wants to know */
#define QUESTION  512 /* a restarted destination wants to know */
#define LEFT      1024 /* ... the source had the acknowledgement */
#define OPEN      2048 /* ... it has taken the service back */
#define CERTIFIED 4096 /* the source's coordinator, or its restarted engine: the frozen tree is dead, and has not run since its dump */
#define VOUCHED   8192 /* people: the source is lost for good */

#define heard(epoch, message) (said[epoch] & (message))
#define say(epoch, message) said[epoch] = said[epoch] | (message)

bool calm; /* nothing breaks any more, nobody wants anything new */
byte driver_deaths, container_deaths, reboots, removals;

#define owed(epoch) (lacks[dst[epoch]] == (epoch))

/* For the trail, which people read. */
#define tells(cluster, epoch, text) printf("%c, epoch %d: ", 'A' + (cluster), epoch); printf(text); printf("\n")
