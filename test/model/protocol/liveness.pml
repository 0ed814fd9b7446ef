/* When nothing breaks any more and both sides can talk, the service runs somewhere, soon and for good. */

#define runs_somewhere (tree[0] == runs || tree[1] == runs || tree[CLUSTERS - 1] == runs)
/* Pages that were lost with the source while the tree that needs them stands, or a container that is lost for good: people decide. */
#define for_people(cluster) (gone[cluster] || (here(cluster) == waiting && tree[cluster] != none))
#define needs_people (for_people(0) || for_people(1) || for_people(CLUSTERS - 1))

ltl comes_back { [] (calm -> <> [] (runs_somewhere || needs_people)) }
