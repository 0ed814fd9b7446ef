/* Post-copy: memory that stays at the source until the destination has fetched it. */

#define serves(e) ((sdriver[e] == frozen || sdriver[e] == handedOff || sdriver[e] == owing) && tree[S] == stopped)

proctype Debt(byte e) {
  do
  :: d_step { owed(e) && e > 0 && (ddriver[e] == gated || ddriver[e] == running) && serves(e) ->
       tells(D, e, "has all pages");
       lacks[D] = 0 }
  :: d_step { POST_COPY && ddriver[e] == running && tree[D] == runs && lacks[D] == 0 && !heard(e, WHOLE) -> tells(D, e, "says that all pages are in"); say(e, WHOLE) }
  /* Its driver died when all was in, or with its container, whose service began afresh: coordinators see that nobody needs the rest, and tell the source. */
  :: d_step { POST_COPY && ddriver[e] == absent && epoch[D] == e && journal[at(D, e)] == running && tree[D] == runs && lacks[D] == 0 && journal[at(S, e)] == owing && !heard(e, WHOLE) ->
       tells(D, e, "is seen to need no page any more");
       say(e, WHOLE) }
  :: d_step { heard(e, WHOLE) && epoch[S] == e && here(S) == owing && sdriver[e] == absent && tree[S] == none && !down[S] -> record(S, e, relaying, SYNCED) }
  /* A page stays out of reach: it stands still and says so, and goes on when the link is back. Unless people have given it up. */
  :: d_step { !calm && owed(e) && e > 0 && ddriver[e] == running && epoch[D] == e && tree[D] == runs && journal[at(D, e)] == running ->
       tells(D, e, "cannot reach a page: it waits");
       tree[D] = stopped;
       record(D, e, waiting, SYNCED) }
  :: d_step { ddriver[e] == running && epoch[D] == e && journal[at(D, e)] == waiting && (serves(e) || lacks[D] == 0) ->
       tells(D, e, "reaches its pages again");
       record(D, e, running, WRITTEN) }
#ifdef BUG_NO_KEEPER
  /* The descriptors close with the process that holds them: blocked reads return zeros. */
  :: d_step { owed(e) && e > 0 && ddriver[e] == absent && tree[D] == runs -> tells(D, e, "reads a page of zeros"); assert(false) }
#else
  /* The keeper holds the descriptors: reads go on waiting. It freezes the tree, then says so. */
  :: d_step { owed(e) && e > 0 && ddriver[e] == absent && tree[D] == runs -> tells(D, e, "the keeper freezes"); tree[D] = stopped }
  :: d_step { owed(e) && e > 0 && ddriver[e] == absent && tree[D] == stopped && journal[at(D, e)] == running -> record(D, e, waiting, SYNCED) }
#endif
  od
}
