/* The engine of one cluster: takes tickets as a destination, and settles what a restart left open. */

#define older epoch[me]
/* A driver that gives no answer may be dead, or stand still and go on later: which, nobody can tell. */
#define silent(e) true

#ifdef BUG_DISCARD_WHILE_ASKING
#define may_discard_when_asked(cluster) true
#else
#define may_discard_when_asked(cluster) (!asking[cluster])
#endif

#define has_room(state) (state == absent || state == discarded || state == retired || state == relaying || state == armedD || state == gated || state == handedOff)
#ifdef BUG_ARM_WHILE_OWING
#define may_arrive(state) (has_room(state) || state == owing)
#else
#define may_arrive(state) has_room(state)
#endif

/* Arming has two steps: the driver of an older epoch is asked to end. */
inline begin_arming(me, e) {
  tells(me, e, "is about to take the ticket as destination");
  arming[me] = e;
  if
  :: here(me) == armedD || here(me) == gated -> say(older, ABORT)
  :: here(me) == handedOff -> say(older, OWNED) /* this ticket proves that the other side got the commit */
  :: else
  fi
}

#define arrives(me, e) (e <= tickets && dst[e] == me && e > epoch[me] && arming[me] == 0 && !down[me] && !gone[me] && may_arrive(here(me)))

proctype Engine(byte me) {
  do
  :: d_step { !calm && arrives(me, 1) -> begin_arming(me, 1) }
#if EPOCHS > 1
  :: d_step { !calm && arrives(me, 2) -> begin_arming(me, 2) }
#endif
#if EPOCHS > 2
  :: d_step { !calm && arrives(me, 3) -> begin_arming(me, 3) }
#endif
  :: d_step { arming[me] && (here(me) == owing || (sdriver[older] == absent && silent(older))) ->
       if
       :: here(me) == armedD || here(me) == gated -> record(me, older, discarded, SYNCED)
       :: else
       fi;
       if
       :: here(me) == running -> skip /* the older driver says: committed */
       :: else ->
          end_tree(me, older);
          record(me, arming[me], armedD, SYNCED);
          asking[me] = false
       fi;
       arming[me] = 0 }
  /* Nothing was ever held or frozen: the engine takes the service back without a driver. */
  :: d_step { !down[me] && here(me) == armedS && sdriver[epoch[me]] == absent && !begun[epoch[me]] && tree[me] == runs ->
       record(me, epoch[me], running, SYNCED) }
  :: d_step { !down[me] && !asking[me] && here(me) == relaying && tree[me] == none && !calm && arming[me] == 0 -> record(me, epoch[me], retired, SYNCED) }

  /* -- after a restart of the container: all processes are gone -- */
  :: d_step { down[me] && !gone[me] ->
       tells(me, epoch[me], "the container is started again");
       down[me] = false;
       asking[me] = in_doubt(here(me)) || here(me) == armedD || here(me) == gated }
  /* What waited for pages has gone with its container. */
  :: d_step { !down[me] && here(me) == waiting && tree[me] == none && arming[me] == 0 -> record(me, epoch[me], running, SYNCED) }
  :: d_step { !down[me] && here(me) == running && tree[me] == none && arming[me] == 0 -> tells(me, epoch[me], "starts the service afresh"); start_fresh(me) }
  od
}

/* A restarted container asks its peer about the epoch; what was not committed is discarded by the source's question, so that the answer is final. */
proctype Questions(byte e) {
  do
  :: d_step { asking[S] && epoch[S] == e && in_doubt(here(S)) && !heard(e, ASK) && e <= tickets -> tells(S, e, "asks the destination"); say(e, ASK) }
  :: d_step { heard(e, ASK) && !down[D] && arming[D] == 0 && ddriver[e] != absent && !heard(e, ABORT) -> say(e, ABORT) }
  /* A coordinator says so when the source has the service back; a source in doubt asks to, and gets this destination's own question for an answer
     as long as there is one. Between the look and the record a driver may commit. */
  :: d_step { ((heard(e, ASK) && may_discard_when_asked(D)) || journal[at(S, e)] == running) && !doomed[e] && !down[D] && arming[D] == 0 && silent(e) && epoch[D] == e && (here(D) == armedD || here(D) == gated) ->
       doomed[e] = true }
  :: d_step { doomed[e] ->
       doomed[e] = false;
       record(D, e, discarded, SYNCED);
       if
       :: journal[at(D, e)] == discarded && epoch[D] == e -> asking[D] = false
       :: else
       fi }
  /* A sandbox is destroyed after the record; until then a driver that stood still may go on in it. */
  :: d_step { e <= tickets && !down[D] && epoch[D] == e && journal[at(D, e)] == discarded && tree[D] != none && ddriver[e] != discarded -> end_tree(D, 0) }
  /* A ticket that it never took, and never will. What arrived before ends with that, as when the ticket is taken. */
  :: d_step { heard(e, ASK) && !down[D] && arming[D] == 0 && e > epoch[D] &&
       (here(D) == absent || here(D) == discarded || here(D) == relaying || here(D) == retired) ->
       record(D, e, discarded, SYNCED) }
  :: d_step { heard(e, ASK) && !down[D] && arming[D] == 0 && e > epoch[D] && (here(D) == armedD || here(D) == gated) ->
       record(D, epoch[D], discarded, SYNCED);
       end_tree(D, 0);
       record(D, e, discarded, SYNCED);
       asking[D] = false }
  :: d_step { asking[S] && epoch[S] == e && in_doubt(here(S)) && hears(e, DISCARDED) -> record(S, e, running, SYNCED); asking[S] = false }
  /* All that there was lies in the final dump; else the engine starts the service afresh. */
  :: d_step { asking[S] && epoch[S] == e && in_doubt(here(S)) && hears(e, DISCARDED) && dumped[e] ->
       tells(S, e, "restores its own dump");
       assert(!stale[e]);
       record(S, e, running, SYNCED);
       asking[S] = false;
       dumped[e] = false;
       lacks[S] = 0;
       let_run(S) }
  :: d_step { asking[S] && epoch[S] == e && in_doubt(here(S)) && heard(e, QUESTION) -> record(S, e, running, SYNCED); asking[S] = false }
  :: d_step { asking[S] && epoch[S] == e && in_doubt(here(S)) && hears(e, OWNED) ->
       /* Memory that it had left here died with its tree: only the destination knows whether any was missing yet. */
       record(S, e, (POST_COPY && epoch[D] == e -> owing : relaying), SYNCED);
       asking[S] = false }

  :: d_step { asking[D] && epoch[D] == e && e > 0 && (here(D) == armedD || here(D) == gated) && !heard(e, QUESTION) -> tells(D, e, "asks the source"); say(e, QUESTION) }
  :: d_step { asking[D] && epoch[D] == e && (here(D) == armedD || here(D) == gated) && heard(e, LEFT) -> record(D, e, running, SYNCED); asking[D] = false }
  :: d_step { asking[D] && epoch[D] == e && (here(D) == armedD || here(D) == gated) && heard(e, OPEN) -> record(D, e, discarded, SYNCED); asking[D] = false }
  od
}
