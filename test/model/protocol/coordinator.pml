/* Workflows and coordinators: tickets, and the word that they carry from one journal to the other. */

/* The source is armed first, and each epoch lies above all that was known. */
inline give_ticket(s, d) {
  tickets++;
  src[tickets] = s;
  dst[tickets] = d;
  tells(s, tickets, "takes a ticket as source");
  record(s, tickets, armedS, SYNCED)
}

#if defined(BUG_LEAVE_WHILE_OWED) || defined(BUG_ARM_WHILE_OWING)
#define has_own_pages(cluster) true
#elif defined(BUG_ASK_ONLY_A_DRIVER_THAT_LIVES)
#define has_own_pages(cluster) (lacks[cluster] == 0 || ddriver[lacks[cluster]] == absent)
#else
#define has_own_pages(cluster) (lacks[cluster] == 0)
#endif
#define may_leave(cluster) (here(cluster) == running && tree[cluster] == runs && !arming[cluster] && has_own_pages(cluster))

proctype Tickets() {
  do
  :: atomic { !calm && tickets < EPOCHS && may_leave(0) -> give_ticket(0, 1) }
  :: atomic { !calm && tickets < EPOCHS && may_leave(1) -> give_ticket(1, 0) }
#if CLUSTERS > 2
  :: atomic { !calm && tickets < EPOCHS && may_leave(0) -> give_ticket(0, 2) }
  :: atomic { !calm && tickets < EPOCHS && may_leave(1) -> give_ticket(1, 2) }
  :: atomic { !calm && tickets < EPOCHS && may_leave(2) -> give_ticket(2, 0) }
  :: atomic { !calm && tickets < EPOCHS && may_leave(2) -> give_ticket(2, 1) }
#endif
  od
}

#define S src[e]
#define D dst[e]
#define at_destination journal[at(D, e)]
#define in_doubt(state) (state == armedS || state == frozen || state == handedOff)

/* A source in doubt takes the service back before it answers: else it could still hear an acknowledgement that the destination knows nothing of any more. */
#ifdef BUG_TOLD_IN_DOUBT
#define is_open(state) (in_doubt(state) || state == running)
#else
#define is_open(state) (state == running)
#endif

/* And what it tells is on its disk: after a reboot it may not tell another thing. */
inline before_it_tells(e) {
#ifndef BUG_TOLD_BEFORE_DISK
  if
  :: epoch[S] == e -> disk[S] = here(S)
  :: else
  fi
#else
  skip
#endif
}

/* What a journal says of an epoch is told also long after: by the drivers' greeting, from engine to engine, and by coordinators. */
proctype Word(byte e) {
  do
  :: d_step { !heard(e, OWNED) && e <= tickets && !gone[D] && (at_destination == running || at_destination == waiting) -> say(e, OWNED) }
  /* Only an owner gets a newer ticket. */
  :: d_step { !heard(e, OWNED) && e <= tickets && !gone[D] && epoch[D] > e && journal[at(S, e)] == handedOff -> say(e, OWNED) }
  :: d_step { !heard(e, DISCARDED) && e <= tickets && !gone[D] && at_destination == discarded -> say(e, DISCARDED) }
  /* It never took the ticket: an engine that was restarted hears of that from the rollback. */
  :: d_step { !heard(e, DISCARDED) && e <= tickets && !gone[D] && epoch[D] < e && asking[S] && epoch[S] == e && in_doubt(here(S)) -> say(e, DISCARDED) }
  /* A restarted destination asks: is the source known to have had the acknowledgement? */
  :: d_step { heard(e, QUESTION) && !heard(e, LEFT) && !gone[S] &&
       (journal[at(S, e)] == owing || journal[at(S, e)] == relaying || journal[at(S, e)] == retired) -> say(e, LEFT); before_it_tells(e) }
  :: d_step { heard(e, QUESTION) && !heard(e, OPEN) && !gone[S] && is_open(journal[at(S, e)]) -> say(e, OPEN) }
  od
}
