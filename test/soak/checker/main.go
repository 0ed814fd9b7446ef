// checker [FILE] reads a history of operations on services `ledger`, one JSON object a line (see history.go), from FILE or standard input,
// and prints one JSON object a service: whether there is an order of its operations that the specification allows (see specification.go).
//
// Exit codes: 0 there is one for each, 1 there is none for one, 2 the history cannot be read, 3 the search took too long.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"time"
)

const searchLimit = 60 * time.Second

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, in io.Reader, out, errors io.Writer) int {
	if len(args) > 0 {
		file, err := os.Open(args[0])
		if err != nil {
			fmt.Fprintf(errors, "checker: %v\n", err)
			return 2
		}
		defer file.Close()
		in = file
	}
	histories, err := read(in)
	if err == nil && len(histories) == 0 {
		err = fmt.Errorf("the history is empty, which proves nothing")
	}
	if err != nil {
		fmt.Fprintf(errors, "checker: %v\n", err)
		return 2
	}
	keys := make([]string, 0, len(histories))
	for key := range histories {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	code := 0
	for _, key := range keys {
		finding := check(key, histories[key], searchLimit)
		if line, err := json.Marshal(finding); err == nil {
			fmt.Fprintf(out, "%s\n", line)
		}
		if !finding.Linearizable && (code == 0 || !finding.Undecided) {
			code = map[bool]int{true: 3, false: 1}[finding.Undecided]
		}
	}
	return code
}
