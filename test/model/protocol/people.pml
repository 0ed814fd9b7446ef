/* What needs a human or a coordinator's certificate: `carryon resolve`, and the commit by proof. Designed, not built yet. */

/* Lost for good, or by its journal without a copy of this epoch, without a newer one, and without a claim from before. */
#define claims(state) (state == running || state == armedS || state == frozen || state == handedOff || state == owing || state == waiting)
#define harmless(other, cluster, e) (other == cluster || gone[other] || (epoch[other] < e && !claims(here(other))) || (epoch[other] == e && journal[at(other, e)] == discarded))
#ifdef BUG_RESOLVE_UNCHECKED
#define no_other_copy(cluster, e) true
#else
#define no_other_copy(cluster, e) (harmless(0, cluster, e) && harmless(1, cluster, e) && harmless(CLUSTERS - 1, cluster, e))
#endif

#ifdef BUG_PROOF_WHILE_ALIVE
#define certain(cluster) true
#else
#define certain(cluster) gone[cluster]
#endif

proctype People(byte e) {
  do
#if PEOPLE
  /* -- proof: the source's outer container cannot come back with its tree, and its journal says no more than that it was frozen -- */
  :: d_step { e <= tickets && !POST_COPY && !heard(e, CERTIFIED) && certain(S) && epoch[S] == e && in_doubt(here(S)) ->
       tells(S, e, "its coordinator certifies that it is dead");
       say(e, CERTIFIED) }

  /* -- resolve: refused where it could make two copies; `--force-lost` vouches that a cluster is lost for good -- */
  :: d_step { e <= tickets && epoch[S] == e && (sdriver[e] == handedOff || (asking[S] && in_doubt(here(S)))) && no_other_copy(S, e) && !heard(e, DISCARDED) ->
       tells(S, e, "resolve: the service stays here");
       say(e, DISCARDED) }
  :: d_step { sdriver[e] == owing && epoch[S] == e && tree[S] == stopped && no_other_copy(S, e) ->
       tells(S, e, "resolve: the service goes on here from the freeze");
       record(S, e, running, SYNCED);
       sdriver[e] = absent;
       let_run(S) }
  :: d_step { e <= tickets && epoch[D] == e && asking[D] && (here(D) == armedD || here(D) == gated) && no_other_copy(D, e) ->
       tells(D, e, "resolve: the service begins afresh here");
       record(D, e, running, SYNCED);
       asking[D] = false }
  :: d_step { e <= tickets && epoch[D] == e && here(D) == waiting && !down[D] && no_other_copy(D, e) ->
       tells(D, e, "resolve: the service begins afresh here");
       record(D, e, running, SYNCED);
       tree[D] = none;
       lacks[D] = 0 }
#else
  :: false
#endif
  od
}
