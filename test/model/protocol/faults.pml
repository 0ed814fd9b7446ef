/* What breaks: at any instant, as often as the configuration allows. */

/* What was sent to them dies with their connections. */
inline processes_die(c) {
  tree[c] = none;
  lacks[c] = 0;
  down[c] = true;
  asking[c] = false;
  arming[c] = 0;
  each = 1;
  do
  :: each <= EPOCHS ->
     if
     :: src[each] == c -> sdriver[each] = absent; begun[each] = false; ran[each] = false
     :: else
     fi;
     if
     :: dst[each] == c -> ddriver[each] = absent; doomed[each] = false; said[each] = said[each] & ~(RESTORE | COMMIT | ABORT | ASK)
     :: else
     fi;
     each++
  :: else -> break
  od;
  each = 0
}

/* Lines that were not on disk yet are lost. What they had others be told is still under way. */
inline journal_goes_back(c) {
  if
  :: here(c) != disk[c] ->
     printf("%c, epoch %d: the disk says %e\n", 'A' + c, epoch[c], disk[c]);
     here(c) = disk[c]
  :: else
  fi
}

inline container_dies(c) {
  d_step { !calm && container_deaths < CONTAINER_DEATHS && !down[c] ->
    container_deaths++;
    tells(c, epoch[c], "the outer container dies");
    processes_die(c) }
}

inline host_reboots(c) {
  d_step { !calm && reboots < REBOOTS && !down[c] ->
    reboots++;
    tells(c, epoch[c], "the host dies");
    processes_die(c);
    journal_goes_back(c) }
}

inline is_removed(c) {
  d_step { !calm && removals < REMOVALS && !gone[c] ->
    removals++;
    tells(c, epoch[c], "the outer container is lost for good");
    processes_die(c);
    gone[c] = true }
}

inline source_driver_dies(e) {
  d_step { !calm && driver_deaths < DRIVER_DEATHS && sdriver[e] != absent ->
    driver_deaths++;
    tells(S, e, "the driver dies");
    sdriver[e] = absent }
}

inline destination_driver_dies(e) {
  d_step { !calm && driver_deaths < DRIVER_DEATHS && ddriver[e] != absent ->
    driver_deaths++;
    tells(D, e, "the driver dies");
    ddriver[e] = absent }
}

proctype Faults() {
  byte each;
  do
  :: container_dies(0)
  :: container_dies(1)
  :: host_reboots(0)
  :: host_reboots(1)
  :: is_removed(0)
  :: is_removed(1)
#if CLUSTERS > 2
  :: container_dies(2)
  :: host_reboots(2)
  :: is_removed(2)
#endif
  :: source_driver_dies(1)
  :: destination_driver_dies(1)
#if EPOCHS > 1
  :: source_driver_dies(2)
  :: destination_driver_dies(2)
#endif
#if EPOCHS > 2
  :: source_driver_dies(3)
  :: destination_driver_dies(3)
#endif
  :: d_step { !calm -> calm = true }
  od
}
