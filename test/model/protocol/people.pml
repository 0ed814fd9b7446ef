/* What needs a human or a certificate of death: `carryon resolve`, a request's `resume-frozen`, and the commit by proof. */

/* Lost for good, or by its journal without a copy of this epoch, without a newer one, and without a claim from before. */
#define claims(state) (state == running || state == armedS || state == frozen || state == handedOff || state == owing || state == waiting)
#define harmless(other, cluster, e) (other == cluster || gone[other] || (epoch[other] < e && !claims(here(other))) || (epoch[other] == e && journal[at(other, e)] == discarded))
/* The source that had the acknowledgement, when what it froze is gone: it leads connections on, no more. */
#define has_left(other, e) (other == S && epoch[other] == e && tree[other] == none && (here(other) == owing || here(other) == relaying || here(other) == retired))
#ifdef BUG_RESOLVE_UNCHECKED
#define no_other_copy(cluster, e) true
#define no_other_owner(e) true
#else
#define no_other_copy(cluster, e) (harmless(0, cluster, e) && harmless(1, cluster, e) && harmless(CLUSTERS - 1, cluster, e))
/* For the destination. */
#define no_other_owner(e) ((harmless(0, D, e) || has_left(0, e)) && (harmless(1, D, e) || has_left(1, e)) && (harmless(CLUSTERS - 1, D, e) || has_left(CLUSTERS - 1, e)))
#endif

#ifdef BUG_PROOF_WHILE_ALIVE
#define certain(e) true
#else
/* Its processes have died with the container: a coordinator sees that it does not run, or the engine that begins anew in it knows. */
#define certain(e) ((down[S] || asking[S]) && dumped[e])
#endif

/*
 * Who decides looks at all sides, and somebody else acts later: an engine, which looks at its own side once more and sees whether that is still what was
 * decided upon. What the other sides said may be old by then. Between look and act anything may happen, also that nobody acts any more.
 */
mtype:decision = { nothing, goOnAlone, endDoubt, takeBack, beginAfresh, commitCopy };
mtype:decision decided[EPOCHS + 1];
byte at_side[EPOCHS + 1];            /* the cluster that goes on */
mtype:state had_seen[EPOCHS + 1];    /* what its journal said */
bool had_asked[EPOCHS + 1];

inline decide(what, cluster, e) {
  tells(cluster, e, "it is decided that the service goes on here");
  decided[e] = what;
  at_side[e] = cluster;
  had_seen[e] = here(cluster);
  had_asked[e] = asking[cluster]
}

#ifdef BUG_KEEP_FORGETS_THE_QUESTION
#define asks_as_seen(e) true
#else
#define asks_as_seen(e) (asking[at_side[e]] == had_asked[e])
#endif
#define decided_upon(e) (decided[e] != nothing)
#define decided_at_source(e) (decided[e] == goOnAlone || decided[e] == endDoubt || decided[e] == takeBack)
#define decided_at_destination(e) (decided[e] == beginAfresh || decided[e] == commitCopy)
#define as_seen(e) (epoch[at_side[e]] == e && here(at_side[e]) == had_seen[e] && asks_as_seen(e) && !down[at_side[e]] && !gone[at_side[e]])

#define acts(e, text) tells(at_side[e], e, text); done_with(e)
inline done_with(e) {
  decided[e] = nothing;
  at_side[e] = 0;
  had_seen[e] = absent;
  had_asked[e] = false
}

proctype People(byte e) {
  decided[e] = nothing;
  had_seen[e] = absent;
  do
#if PEOPLE
  /* -- proof: the frozen tree is dead, the journal says no more than that it was frozen, and the dump is whole, so it has not run since -- */
  :: d_step { e <= tickets && !POST_COPY && !heard(e, CERTIFIED) && certain(e) && !gone[S] && epoch[S] == e && in_doubt(here(S)) ->
       tells(S, e, "it is certain that it is dead");
       say(e, CERTIFIED) }
#ifdef BUG_PROOF_FOR_A_RESTARTED_DESTINATION
  /* That nobody else has a copy is not what was proved. */
  :: d_step { heard(e, CERTIFIED) && epoch[D] == e && asking[D] && here(D) == gated ->
       tells(D, e, "the proof lets the service begin afresh here");
       record(D, e, running, SYNCED);
       asking[D] = false }
#endif

  /* -- resolve looks: refused where it could make two copies; `--force-lost` vouches that a cluster is lost for good -- */
  /* No commit was sent as long as what was frozen is there: the source decides alone, whoever is silent. */
  :: d_step { !decided_upon(e) && e <= tickets && epoch[S] == e && (here(S) == armedS || here(S) == frozen) && tree[S] != none && !asking[S] -> decide(goOnAlone, S, e) }
  :: d_step { !decided_upon(e) && e <= tickets && epoch[S] == e && (sdriver[e] == handedOff || (asking[S] && in_doubt(here(S)))) && no_other_copy(S, e) && !heard(e, DISCARDED) -> decide(endDoubt, S, e) }
  :: d_step { !decided_upon(e) && e <= tickets && epoch[S] == e && here(S) == owing && !down[S] && !gone[S] && no_other_copy(S, e) -> decide(takeBack, S, e) }
  :: d_step { !decided_upon(e) && e <= tickets && ddriver[e] == gated && !POST_COPY && !heard(e, VOUCHED) && no_other_copy(D, e) -> decide(commitCopy, D, e) }
  :: d_step { !decided_upon(e) && e <= tickets && epoch[D] == e && asking[D] && (here(D) == armedD || here(D) == gated) && no_other_copy(D, e) -> decide(beginAfresh, D, e) }
  :: d_step { !decided_upon(e) && e <= tickets && epoch[D] == e && here(D) == waiting && !down[D] && no_other_owner(e) -> decide(beginAfresh, D, e) }

  /* -- and the engine acts, by what it finds in its own journal; or it was never asked, or says that this has changed -- */
  :: d_step { decided_upon(e) -> acts(e, "nothing comes of the decision") }
  /* A source that is not asking may go back at any time: its driver does, and looks whether it still may. */
  :: d_step { decided_at_source(e) && as_seen(e) && in_doubt(here(S)) && (had_seen[e] == handedOff || asking[S]) && !heard(e, DISCARDED) ->
       acts(e, "resolve: the service stays here");
       say(e, DISCARDED) }
  :: d_step { decided_at_source(e) && as_seen(e) && here(S) == owing && sdriver[e] == owing && !ran[e] && tree[S] == stopped ->
       acts(e, "resolve: the service goes on here from the freeze");
       ran[e] = true;
       let_run(S) }
  :: d_step { sdriver[e] == owing && ran[e] && tree[S] == runs ->
       record(S, e, running, SYNCED);
       sdriver[e] = absent }
  /* The frozen tree is gone as well: what is left are the files. */
  :: d_step { decided_at_source(e) && as_seen(e) && here(S) == owing && tree[S] == none && sdriver[e] == absent ->
       acts(e, "resolve: the service begins afresh here");
       record(S, e, running, SYNCED) }
  /* A complete copy needs nothing of the source but to know that it is dead. */
  :: d_step { decided_at_destination(e) && as_seen(e) && here(D) == gated && !asking[D] && ddriver[e] == gated ->
       acts(e, "resolve: the service goes on here");
       say(e, VOUCHED) }
  :: d_step { decided_at_destination(e) && as_seen(e) && asking[D] && (here(D) == armedD || here(D) == gated) ->
       acts(e, "resolve: the service begins afresh here");
       record(D, e, running, SYNCED);
       asking[D] = false }
  :: d_step { decided_at_destination(e) && as_seen(e) && here(D) == waiting ->
       acts(e, "resolve: the service begins afresh here");
       record(D, e, running, SYNCED);
       tree[D] = none;
       lacks[D] = 0 }
#else
  :: false
#endif
  od
}
