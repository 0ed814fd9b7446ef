package main

import (
	"fmt"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

// Long enough to be worth a search of its own; a search needs memory with the square of it.
const operationsAtOnce = 500

// Finding is the verdict over the history of one key.
type Finding struct {
	Key          string `json:"key"`
	Linearizable bool   `json:"linearizable"`
	// The search took too long: nothing is known.
	Undecided  bool     `json:"undecided,omitempty"`
	Operations int      `json:"operations"`
	Unknown    int      `json:"unknown"`
	Parts      int      `json:"parts"`
	Explained  []string `json:"explained,omitempty"`
}

// check follows the history from one quiet point to the next, with all states that the operations before may have led to.
func check(key string, history []*Operation, limit time.Duration) Finding {
	s := specify(history)
	var unknown []*Operation
	for _, o := range history {
		if o.unknown() {
			unknown = append(unknown, o)
		}
	}
	parts := split(history)
	finding := Finding{Key: key, Linearizable: true, Operations: len(history), Unknown: len(unknown), Parts: len(parts)}
	states := []state{{}}
	for _, part := range parts {
		before := states
		var decided bool
		var best []*Operation
		states, best, decided = s.search(before, part, unknown, limit)
		if len(states) == 0 {
			finding.Linearizable, finding.Undecided = false, !decided
			finding.Explained = s.explain(before, best, part)
			return finding
		}
	}
	return finding
}

// A part ends where no answer is awaited but those that never came.
type part struct {
	operations []*Operation
	end        int64
}

func split(history []*Operation) []part {
	var parts []part
	var now part
	for _, o := range history {
		if o.unknown() {
			continue
		}
		if len(now.operations) >= operationsAtOnce && o.Call > now.end {
			parts = append(parts, now)
			now = part{}
		}
		now.operations = append(now.operations, o)
		if *o.Return > now.end {
			now.end = *o.Return
		}
	}
	return append(parts, now)
}

// search finds all states in which the part may end. When there is none: the longest order that fits.
func (s *specification) search(from []state, p part, unknown []*Operation, limit time.Duration) ([]state, []*Operation, bool) {
	reached := map[state]bool{}
	end := &Operation{}
	model := porcupine.NondeterministicModel{
		Init: func() []interface{} {
			states := make([]interface{}, len(from))
			for i, one := range from {
				states[i] = one
			}
			return states
		},
		Step: func(now, input, _ interface{}) []interface{} {
			// All that was answered is in its place. To refuse makes the search go on to every other order.
			if input == end {
				reached[now.(state)] = true
				return nil
			}
			var states []interface{}
			for _, next := range s.step(now.(state), input.(*Operation)) {
				states = append(states, next)
			}
			return states
		},
	}
	result, info := porcupine.CheckOperationsVerbose(model.ToModel(), s.operations(from, p, unknown, end), limit)
	if result == porcupine.Unknown {
		return nil, longest(info), false
	}
	states := make([]state, 0, len(reached))
	for one := range reached {
		states = append(states, one)
	}
	sort.Slice(states, func(i, j int) bool { return fmt.Sprint(states[i]) < fmt.Sprint(states[j]) })
	return states, longest(info), true
}

// Times are doubled, so that the end lies after the last return and before the next call.
func (s *specification) operations(from []state, p part, unknown []*Operation, end *Operation) []porcupine.Operation {
	const never = int64(1) << 62
	var all []porcupine.Operation
	for _, o := range p.operations {
		all = append(all, porcupine.Operation{ClientId: o.Client, Input: o, Call: 2 * o.Call, Return: 2 * *o.Return})
	}
	least, most := ranks(from, s.unheard(from, p))
	for _, o := range unknown {
		if o.Call <= p.end && o.rank >= least[o.Kind] && (o.Kind == write || o.rank < most) {
			all = append(all, porcupine.Operation{ClientId: o.Client, Input: o, Call: 2 * o.Call, Return: never})
		}
	}
	return append(all, porcupine.Operation{Input: end, Call: 2*p.end + 1, Return: 2*p.end + 1})
}

// ranks says which unanswered questions may take effect next: not those that have, and no more that only look than there is room for.
func ranks(from []state, unheard int) (map[string]int, int) {
	least := map[string]int{write: from[0].writes, look: from[0].looks}
	most := 0
	for _, one := range from {
		least[write] = min(least[write], one.writes)
		least[look] = min(least[look], one.looks)
		most = max(most, one.looks+unheard)
	}
	return least, most
}

// unheard counts the answers that nobody heard of which there is a trace in this part; a later part has its own.
func (s *specification) unheard(from []state, p part) int {
	last := map[string]int{}
	for _, o := range p.operations {
		if o.Kind == write || o.Kind == look {
			last[o.Answer.Incarnation] = max(last[o.Answer.Incarnation], o.Answer.Sequence)
		}
	}
	count := s.unheardAtBirth
	for incarnation, newest := range last {
		oldest := newest
		for _, one := range from {
			if one.incarnation == incarnation {
				oldest = min(oldest, one.sequence)
			} else {
				oldest = 0
			}
		}
		for sequence := oldest + 1; sequence < newest; sequence++ {
			if !s.heard[incarnation][sequence] {
				count++
			}
		}
	}
	return count
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func longest(info porcupine.LinearizationInfo) []*Operation {
	var best []*Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) <= len(best) {
				continue
			}
			best = best[:0:0]
			for _, one := range order {
				best = append(best, one.Input.(*Operation))
			}
		}
	}
	return best
}
