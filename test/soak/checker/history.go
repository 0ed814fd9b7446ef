package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sort"
)

// Kinds of operations.
const (
	write      = "write"       // appends a line to the ledger, on disk before the answer
	look       = "look"        // changes nothing but the sequence
	readLedger = "read-ledger" // the file itself, read without the service
	crash      = "crash"       // the only running copy was killed: its memory is gone for certain
	mayCrash   = "may-crash"   // what was killed may have been the only running copy: one new incarnation is allowed
	settled    = "settled"     // all is at rest: what was allowed and did not happen is allowed no more
)

// Answer is what the service said of itself.
type Answer struct {
	Incarnation string `json:"incarnation"`
	Sequence    int    `json:"sequence"`
	Number      int    `json:"number"`
}

// Operation is one line of a history. Times are of one monotonic clock. A question without an answer has no return: whether it
// took effect, and when after its call, is unknown for ever.
type Operation struct {
	Key    string  `json:"key"`
	Client int     `json:"client"`
	Kind   string  `json:"kind"`
	Call   int64   `json:"call"`
	Return *int64  `json:"return"`
	Answer *Answer `json:"answer"`

	line int
	// Of an unanswered question: how many of its kind were asked before and not answered either.
	rank int
}

func (o *Operation) unknown() bool { return o.Return == nil }

func (o *Operation) String() string {
	text := fmt.Sprintf("line %d: client %d: %s, called at %d", o.line, o.Client, o.Kind, o.Call)
	if o.unknown() {
		return text + ", no answer"
	}
	text += fmt.Sprintf(", returned at %d", *o.Return)
	if o.Answer != nil {
		text += fmt.Sprintf(", answer %d of incarnation %s, line %d", o.Answer.Sequence, o.Answer.Incarnation, o.Answer.Number)
	}
	return text
}

// read returns the operations by key, each in the order of their calls.
func read(from io.Reader) (map[string][]*Operation, error) {
	histories := map[string][]*Operation{}
	lines := bufio.NewScanner(from)
	for number := 1; lines.Scan(); number++ {
		o := &Operation{line: number}
		if err := json.Unmarshal(lines.Bytes(), o); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if err := o.validate(); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		histories[o.Key] = append(histories[o.Key], o)
	}
	for _, history := range histories {
		history := history
		sort.SliceStable(history, func(i, j int) bool { return history[i].Call < history[j].Call })
		ranks := map[string]int{}
		for _, o := range history {
			if o.unknown() {
				o.rank = ranks[o.Kind]
				ranks[o.Kind]++
			}
		}
	}
	return histories, lines.Err()
}

func (o *Operation) validate() error {
	asked := o.Kind == write || o.Kind == look
	switch {
	case o.Key == "":
		return fmt.Errorf("an operation needs a key")
	case o.Return != nil && *o.Return < o.Call:
		return fmt.Errorf("returned before it was called")
	case asked && (o.Return == nil) != (o.Answer == nil):
		return fmt.Errorf("an answer and its time come together")
	case asked && o.Answer != nil && (o.Answer.Incarnation == "" || o.Answer.Sequence < 1):
		return fmt.Errorf("an answer needs an incarnation and a sequence from 1 on")
	case o.Kind == readLedger && (o.Return == nil || o.Answer == nil):
		return fmt.Errorf("%s needs an answer", o.Kind)
	case (o.Kind == crash || o.Kind == mayCrash || o.Kind == settled) && o.Return == nil:
		return fmt.Errorf("%s needs a return", o.Kind)
	case !asked && o.Kind != readLedger && o.Kind != crash && o.Kind != mayCrash && o.Kind != settled:
		return fmt.Errorf("there is no kind %q", o.Kind)
	}
	return nil
}
