/*
 * The handoff protocol: engines, drivers, coordinators, people, and what may break. docs/MODEL.md explains it; configurations.ts says how
 * large each run is. CLUSTERS and EPOCHS are how many there are, POST_COPY the strategy, the others how often what may break.
 */
#include "state.pml"
#include "acts.pml"
#include "coordinator.pml"
#include "source.pml"
#include "destination.pml"
#include "debt.pml"
#include "engine.pml"
#include "faults.pml"
#include "people.pml"
#ifdef LIVENESS
#include "liveness.pml"
#endif

init {
  byte i = 0;
  d_step {
    do
    :: i < CLUSTERS * (EPOCHS + 1) -> journal[i] = absent; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i <= EPOCHS -> sdriver[i] = absent; ddriver[i] = absent; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < CLUSTERS -> tree[i] = none; disk[i] = absent; i++
    :: else -> break
    od;
    record(0, 0, running, SYNCED);
    tree[0] = runs;
    i = 0
  }
  atomic {
    run Tickets();
    run Faults();
    i = 0;
    do
    :: i < CLUSTERS -> run Engine(i); i++
    :: else -> break
    od;
    i = 1;
    do
    :: i <= EPOCHS -> run SourceDriver(i); run DestinationDriver(i); run Debt(i); run Word(i); run Questions(i); run People(i); i++
    :: else -> break
    od
  }
}
