// Package lines is the program's side of line-program.ts: one operation a line, one answer a line.
package lines

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// Store has the operations of a client. A refusal by S3 is an error in the client's own words.
type Store interface {
	Version() string
	Put(key, body string) error
	Get(key string) (string, error)
	List(prefix string) ([]string, error)
}

// Serve answers until the input ends.
func Serve(store Store) {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		answer, err := do(store, strings.Split(input.Text(), "\t"))
		if err != nil {
			answer = []string{"error", strings.Join(strings.Fields(err.Error()), " ")}
		} else {
			answer = append([]string{"ok"}, answer...)
		}
		fmt.Println(strings.Join(answer, "\t"))
	}
}

func do(store Store, parts []string) ([]string, error) {
	switch parts[0] {
	case "version":
		return []string{store.Version()}, nil
	case "put":
		return nil, store.Put(parts[1], parts[2])
	case "get":
		body, err := store.Get(parts[1])
		return []string{body}, err
	case "list":
		return store.List(parts[1])
	}
	return nil, fmt.Errorf("unknown: %s", parts[0])
}
