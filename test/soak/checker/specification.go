package main

import "fmt"

// state of one service: what it holds in memory and on disk, and what the specification still allows.
type state struct {
	// Empty: the next incarnation, of which no answer has been heard yet.
	incarnation string
	// Answers given by this incarnation; in memory.
	sequence int
	// Lines in the ledger; on disk, outlives incarnations.
	number int
	// New incarnations that a kill allows before all is at rest.
	allowed int
	// Unanswered questions that have taken effect.
	writes, looks int
}

func (s state) String() string {
	incarnation := s.incarnation
	if incarnation == "" {
		incarnation = "(not heard of yet)"
	}
	return fmt.Sprintf("incarnation %s has given %d answers, the ledger has %d lines, %d new incarnations are allowed", incarnation, s.sequence, s.number, s.allowed)
}

// specification knows of the whole history which answers were heard, so that an unanswered question is not tried where an answer fits alone.
type specification struct {
	heard  map[string]map[int]bool
	newest map[string]int
	// As many answers as any incarnation may have given before the first that was heard.
	unheardAtBirth int
}

func specify(history []*Operation) *specification {
	s := &specification{heard: map[string]map[int]bool{}, newest: map[string]int{}}
	oldest := map[string]int{}
	for _, o := range history {
		if o.unknown() || (o.Kind != write && o.Kind != look) {
			continue
		}
		incarnation, sequence := o.Answer.Incarnation, o.Answer.Sequence
		if s.heard[incarnation] == nil {
			s.heard[incarnation] = map[int]bool{}
			oldest[incarnation] = sequence
		}
		s.heard[incarnation][sequence] = true
		if sequence > s.newest[incarnation] {
			s.newest[incarnation] = sequence
		}
		if sequence < oldest[incarnation] {
			oldest[incarnation] = sequence
		}
	}
	for _, sequence := range oldest {
		if sequence-1 > s.unheardAtBirth {
			s.unheardAtBirth = sequence - 1
		}
	}
	return s
}

// step returns all states that an operation may lead to; none when it cannot take effect now.
func (s *specification) step(now state, o *Operation) []state {
	switch o.Kind {
	case crash:
		now.incarnation, now.sequence = "", 0
		return []state{now}
	case mayCrash:
		now.allowed++
		return []state{now}
	case settled:
		now.allowed = 0
		return []state{now}
	case readLedger:
		if now.number == o.Answer.Number {
			return []state{now}
		}
		return nil
	}
	if o.unknown() {
		return s.unanswered(now, o)
	}
	return s.answered(now, o)
}

func (s *specification) answered(now state, o *Operation) []state {
	var next []state
	if now.incarnation == o.Answer.Incarnation || (now.incarnation == "" && s.mayBe(o.Answer.Incarnation, now)) {
		next = append(next, now)
	}
	if now.incarnation != o.Answer.Incarnation && now.allowed > 0 {
		next = append(next, reborn(now))
	}
	var fitting []state
	for _, one := range next {
		one.incarnation = o.Answer.Incarnation
		one.sequence++
		if o.Kind == write {
			one.number++
		}
		if one.sequence == o.Answer.Sequence && one.number == o.Answer.Number {
			fitting = append(fitting, one)
		}
	}
	return fitting
}

// mayBe says whether an incarnation can have given as many answers that nobody heard.
func (s *specification) mayBe(incarnation string, now state) bool {
	for sequence := 1; sequence <= now.sequence; sequence++ {
		if s.heard[incarnation][sequence] {
			return false
		}
	}
	return true
}

func reborn(now state) state {
	now.incarnation, now.sequence = "", 0
	now.allowed--
	return now
}

// unanswered questions of one kind cannot be told apart once they are called: they take effect in the order of their calls, or never.
func (s *specification) unanswered(now state, o *Operation) []state {
	if (o.Kind == write && now.writes != o.rank) || (o.Kind == look && now.looks != o.rank) {
		return nil
	}
	var next []state
	if s.hasRoom(now, o.Kind) {
		next = append(next, effect(now, o.Kind))
	}
	if now.allowed > 0 && (now.incarnation != "" || now.sequence > 0) {
		if born := reborn(now); s.hasRoom(born, o.Kind) {
			next = append(next, effect(born, o.Kind))
		}
	}
	return next
}

// hasRoom says whether this incarnation may have given an answer now that nobody heard. After the last that was heard only writes are seen.
func (s *specification) hasRoom(now state, kind string) bool {
	if now.incarnation == "" {
		return kind == write || now.sequence < s.unheardAtBirth
	}
	if now.sequence >= s.newest[now.incarnation] {
		return kind == write
	}
	return !s.heard[now.incarnation][now.sequence+1]
}

func effect(now state, kind string) state {
	now.sequence++
	if kind == write {
		now.number++
		now.writes++
	} else {
		now.looks++
	}
	return now
}
