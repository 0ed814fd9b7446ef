/* What several parties do. */

#define SYNCED true
#define WRITTEN false

/* A late line of an older epoch changes history only. */
inline record(cluster, e, state, synced) {
  journal[at(cluster, e)] = state;
  printf("%c, epoch %d: the journal says %e\n", 'A' + cluster, e, journal[at(cluster, e)]);
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
