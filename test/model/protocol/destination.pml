/* The destination's driver of one epoch. */

/* What stands in the sandbox is of an earlier attempt. */
#ifdef BUG_PREPARE_WHILE_ASKING
#define has_no_question(cluster) true
#else
#define has_no_question(cluster) (!asking[cluster])
#endif
#define may_prepare(e) (ddriver[e] == absent && e <= tickets && epoch[D] == e && here(D) == armedD && !down[D] && has_no_question(D) && !arming[D])

inline discard(e) {
  record(D, e, discarded, SYNCED);
  ddriver[e] = journal[at(D, e)]
}

/* Each driver can only end what was restored into its own sandbox; that one is gone when a newer ticket was taken. */
inline end_own_tree(e) {
  if
  :: epoch[D] == e -> end_tree(D, 0)
  :: else
  fi
}

#ifdef BUG_DRIVER_DOES_NOT_LOOK
#define word_of(e, state) state
#else
#define word_of(e, state) journal[at(D, e)]
#endif

proctype DestinationDriver(byte e) {
  do
  :: d_step { may_prepare(e) && !heard(e, ABORT) && here(S) == armedS ->
       tells(D, e, "the sandbox stands ready");
       end_tree(D, 0);
       ddriver[e] = armedD;
       say(e, READY) }
  :: d_step { ddriver[e] == armedD && tree[D] == none && epoch[D] == e && journal[at(D, e)] == armedD && heard(e, RESTORE) ->
       tells(D, e, "restores, frozen and fenced");
       assert(lacks[S] == 0); /* pages that the source itself is owed would arrive as zeros */
       tree[D] = stopped;
       lacks[D] = (POST_COPY -> e : 0) }
  :: d_step { ddriver[e] == armedD && tree[D] == stopped && epoch[D] == e -> record(D, e, gated, WRITTEN); ddriver[e] = word_of(e, gated) }
  :: d_step { ddriver[e] == gated && !heard(e, RESTORED) -> tells(D, e, "says restored"); say(e, RESTORED) }

  /* -- commit: the record, then the gate, then the answer -- */
#ifdef BUG_GATE_BEFORE_RECORD
  :: d_step { ddriver[e] == gated && heard(e, COMMIT) && tree[D] == stopped -> tells(D, e, "opens the gate"); let_run(D) }
  :: d_step { ddriver[e] == gated && tree[D] == runs -> record(D, e, running, WRITTEN); ddriver[e] = running }
#else
  :: d_step { ddriver[e] == gated && (heard(e, COMMIT) || ((heard(e, CERTIFIED) || heard(e, VOUCHED)) && !POST_COPY)) ->
       assert(heard(e, COMMIT) || heard(e, VOUCHED) || !stale[e]); /* a proof is one that nothing is lost by it */
       record(D, e, running, WRITTEN);
       ddriver[e] = word_of(e, running) }
#endif
  /* Once: what is frozen later was frozen for the next migration, which is not begun before this. */
  :: d_step { ddriver[e] == running && tree[D] == stopped && epoch[D] == e && journal[at(D, e)] != waiting -> tells(D, e, "opens the gate"); let_run(D) }
  :: d_step { ddriver[e] == running && tree[D] == runs && !heard(e, OWNED) -> tells(D, e, "acknowledges"); say(e, OWNED) }
  :: d_step { ddriver[e] == running && epoch[D] == e && tree[D] == runs && heard(e, OWNED) && disk[D] != here(D) -> disk[D] = here(D) }

  /* -- discard: the record, then the kill behind the fence, then the answer -- */
  :: d_step { ddriver[e] == gated && tree[D] == stopped -> tells(D, e, "the deadline is over"); discard(e) }
  :: d_step { (ddriver[e] == armedD || ddriver[e] == gated) && tree[D] != runs && heard(e, ABORT) -> discard(e) }
  :: d_step { ddriver[e] == discarded -> tells(D, e, "its copy ends"); end_own_tree(e); say(e, DISCARDED); ddriver[e] = absent }
  :: d_step { ddriver[e] == armedD && heard(e, COMMIT) && !heard(e, DISCARDED) -> say(e, DISCARDED) }

  /* -- a driver that takes over -- */
  :: d_step { ddriver[e] == absent && epoch[D] == e && here(D) == gated && tree[D] != none && !asking[D] ->
       tells(D, e, "a driver takes over");
       discard(e) }
  :: d_step { ddriver[e] == absent && epoch[D] == e && here(D) == running && tree[D] == stopped && lacks[D] == 0 ->
       tells(D, e, "a driver takes over");
       ddriver[e] = running }
  /* Its work is done. */
  :: d_step { ddriver[e] == running && tree[D] == runs && heard(e, OWNED) && lacks[D] == 0 && (!POST_COPY || heard(e, WHOLE)) -> ddriver[e] = absent }
  od
}
