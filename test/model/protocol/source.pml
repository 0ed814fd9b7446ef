/* The source's driver of one epoch; states as its journal has them. */

/* An answer counts for its own epoch only. */
#ifdef BUG_EPOCH_IGNORED
#define hears(e, message) (heard(e, message) || heard(e - 1, message))
#else
#define hears(e, message) heard(e, message)
#endif

/* A driver starts by reading the journal. What is frozen by now is held frozen: a driver may have died in a resume. */
inline revive_source(e) {
  tells(S, e, "a driver takes over");
  sdriver[e] = journal[at(S, e)];
  if
  :: sdriver[e] == frozen -> ran[e] = (POST_COPY || tree[S] == runs)
  :: sdriver[e] == owing -> ran[e] = (tree[S] == runs) /* a driver has died while it took the service back, which it notes before */
  :: else -> ran[e] = false
  fi;
  if
  :: sdriver[e] == handedOff || sdriver[e] == frozen -> tree[S] = stopped
  :: else
  fi
}

#define revivable(state) (state == armedS || state == frozen || state == handedOff || state == owing || state == relaying)

/* Allowed alone before `handedOff`; afterwards on nothing less than the destination's word, or its question: who must ask has lost what it had restored. */
#ifdef BUG_RESUME_ON_TIMEOUT
#define may_resume(e) (sdriver[e] == armedS || sdriver[e] == frozen || sdriver[e] == handedOff)
#else
#define may_resume(e) (sdriver[e] == armedS || sdriver[e] == frozen || (sdriver[e] == handedOff && (hears(e, DISCARDED) || heard(e, QUESTION))))
#endif

#ifdef BUG_COMMIT_AFTER_RESUME
#define committable(e) true
#else
#define committable(e) (!ran[e])
#endif

/* First the dump is made worthless: nobody may restore what is older than the service. */
inline go_on_here(e) {
#ifndef BUG_STALE_DUMP
  dumped[e] = false;
#endif
  stale[e] = true;
  let_run(S)
}

proctype SourceDriver(byte e) {
  do
  :: d_step { sdriver[e] == absent && e <= tickets && epoch[S] == e && !down[S] && tree[S] != none && !asking[S] && revivable(here(S)) ->
       begun[e] = true;
       revive_source(e) }

  /* -- the critical section -- */
  :: d_step { sdriver[e] == armedS && !ran[e] && heard(e, READY) && tree[S] == runs -> tells(S, e, "freezes"); tree[S] = stopped }
  :: d_step { sdriver[e] == armedS && tree[S] == stopped -> record(S, e, frozen, !POST_COPY); sdriver[e] = frozen }
  :: d_step { sdriver[e] == frozen && !ran[e] && !POST_COPY && !dumped[e] -> tells(S, e, "the final dump is whole"); dumped[e] = true; stale[e] = false }
  :: d_step { sdriver[e] == frozen && !ran[e] && (POST_COPY || dumped[e]) && !heard(e, RESTORE) -> tells(S, e, "sends the dump"); say(e, RESTORE) }
#ifdef BUG_COMMIT_NOT_RECORDED
  :: d_step { sdriver[e] == frozen && committable(e) && heard(e, RESTORED) -> sdriver[e] = handedOff }
#else
  :: d_step { sdriver[e] == frozen && committable(e) && heard(e, RESTORED) -> record(S, e, handedOff, WRITTEN); sdriver[e] = handedOff }
#endif
  :: d_step { sdriver[e] == handedOff && !heard(e, COMMIT) -> tells(S, e, "sends the commit"); say(e, COMMIT) }
  /* Not any more when people have resolved the doubt the other way. */
  :: d_step { sdriver[e] == handedOff && !ran[e] && hears(e, OWNED) ->
       sdriver[e] = (POST_COPY -> owing : relaying);
       record(S, e, sdriver[e], WRITTEN) }

  /* -- back: asked for, out of time, or failed -- */
  :: d_step { may_resume(e) && !ran[e] ->
       tells(S, e, "lets the service go on here");
       say(e, ABORT);
       ran[e] = true;
       go_on_here(e) }
  /* The record may fail for long: a full disk. */
  :: d_step { ran[e] && sdriver[e] != absent && tree[S] == stopped && sdriver[e] != owing && sdriver[e] != relaying -> say(e, ABORT); go_on_here(e) }
  :: d_step { ran[e] && sdriver[e] != absent && tree[S] == runs -> record(S, e, running, SYNCED); sdriver[e] = absent }

  /* -- forward -- */
  :: d_step { sdriver[e] == owing && !ran[e] && heard(e, WHOLE) -> record(S, e, relaying, SYNCED); sdriver[e] = relaying }
  :: d_step { sdriver[e] == relaying -> tells(S, e, "its copy ends"); end_tree(S, e); disk[S] = here(S); sdriver[e] = absent }
  od
}
