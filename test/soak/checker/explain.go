package main

import "fmt"

const mostTold = 6

// explain tells the end of the longest order that fits, and what would have had to come next.
func (s *specification) explain(from []state, order []*Operation, p part) []string {
	states := from
	placed := map[*Operation]bool{}
	for _, o := range order {
		var next []state
		for _, one := range states {
			next = append(next, s.step(one, o)...)
		}
		states = next
		placed[o] = true
	}
	told := []string{"these fit, in this order, and nothing that must come next does:"}
	for _, o := range order[max(0, len(order)-mostTold):] {
		told = append(told, "  "+o.String())
	}
	for i, one := range states {
		if i < mostTold {
			told = append(told, "then "+one.String())
		}
	}
	told = append(told, "but there were:")
	first := int64(1<<63 - 1)
	for _, o := range p.operations {
		if !placed[o] && *o.Return < first {
			first = *o.Return
		}
	}
	waiting := 0
	for _, o := range p.operations {
		// What was called after the first of them had returned cannot come before it.
		if placed[o] || o.Call > first {
			continue
		}
		if waiting++; waiting <= mostTold {
			told = append(told, "  "+o.String())
		}
	}
	if waiting > mostTold {
		told = append(told, fmt.Sprintf("  … and %d more", waiting-mostTold))
	}
	return told
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}
