/* What several parties do. */

#define SYNCED true
#define WRITTEN false

#define is_owners(state) (state == running || state == waiting)
#ifdef BUG_LAST_WORD_COUNTS
#define counts(before, state) true
#else
#define counts(before, state) ((is_owners(before) && is_owners(state)) || (!is_owners(before) && before != discarded))
#endif

/*
 * A late line of an older epoch changes history only. Engine and driver may decide at the same time: what was written first stands, so who
 * writes looks then what the journal says.
 */
inline record(cluster, e, state, synced) {
  if
  :: counts(journal[at(cluster, e)], state) ->
     journal[at(cluster, e)] = state;
     printf("%c, epoch %d: the journal says %e\n", 'A' + cluster, e, journal[at(cluster, e)])
  :: else -> tells(cluster, e, "another word in the journal comes too late")
  fi;
  if
  :: e > epoch[cluster] -> epoch[cluster] = e
  :: else
  fi;
  if
  :: synced -> disk[cluster] = here(cluster)
  :: else
  fi
}

/* The one guarantee that everything else is for. */
inline let_run(cluster) {
  tree[cluster] = runs;
#ifdef NOBODY_COMES_HOME
  assert(cluster != 0 || epoch[0] < 2 || dst[2] != 0);
#endif
  assert((tree[0] == runs) + (tree[1] == runs) + (CLUSTERS > 2 && tree[CLUSTERS - 1] == runs) == 1)
}

/* By a decision, not by an accident: what somebody still needs must not be in it. */
inline end_tree(cluster, e) {
  assert(tree[cluster] == none || e == 0 || src[e] != cluster || !owed(e));
  tree[cluster] = none;
  lacks[cluster] = 0
}

/* From the image and what the volumes hold. */
inline start_fresh(cluster) {
  lacks[cluster] = 0;
  let_run(cluster)
}
