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

proctype People(byte e) {
  do
#if PEOPLE
  /* -- proof: the frozen tree is dead, the journal says no more than that it was frozen, and the dump is whole, so it has not run since -- */
  :: d_step { e <= tickets && !POST_COPY && !heard(e, CERTIFIED) && certain(e) && !gone[S] && epoch[S] == e && in_doubt(here(S)) ->
       tells(S, e, "it is certain that it is dead");
       say(e, CERTIFIED) }

  /* -- resolve: refused where it could make two copies; `--force-lost` vouches that a cluster is lost for good -- */
  :: d_step { e <= tickets && epoch[S] == e && (sdriver[e] == handedOff || (asking[S] && in_doubt(here(S)))) && no_other_copy(S, e) && !heard(e, DISCARDED) ->
       tells(S, e, "resolve: the service stays here");
       say(e, DISCARDED) }
  :: d_step { sdriver[e] == owing && !ran[e] && epoch[S] == e && tree[S] == stopped && no_other_copy(S, e) ->
       tells(S, e, "resolve: the service goes on here from the freeze");
       ran[e] = true;
       let_run(S) }
  :: d_step { sdriver[e] == owing && ran[e] && tree[S] == runs ->
       record(S, e, running, SYNCED);
       sdriver[e] = absent }
  /* The frozen tree is gone as well: what is left are the files. */
  :: d_step { e <= tickets && epoch[S] == e && here(S) == owing && tree[S] == none && !down[S] && !gone[S] && sdriver[e] == absent && no_other_copy(S, e) ->
       tells(S, e, "resolve: the service begins afresh here");
       record(S, e, running, SYNCED) }
  /* A complete copy needs nothing of the source but to know that it is dead. */
  :: d_step { e <= tickets && ddriver[e] == gated && !POST_COPY && !heard(e, VOUCHED) && no_other_copy(D, e) ->
       tells(D, e, "resolve: the service goes on here");
       say(e, VOUCHED) }
  :: d_step { e <= tickets && epoch[D] == e && asking[D] && (here(D) == armedD || here(D) == gated) && no_other_copy(D, e) ->
       tells(D, e, "resolve: the service begins afresh here");
       record(D, e, running, SYNCED);
       asking[D] = false }
  :: d_step { e <= tickets && epoch[D] == e && here(D) == waiting && !down[D] && no_other_owner(e) ->
       tells(D, e, "resolve: the service begins afresh here");
       record(D, e, running, SYNCED);
       ddriver[e] = absent;
       tree[D] = none;
       lacks[D] = 0 }
#else
  :: false
#endif
  od
}
