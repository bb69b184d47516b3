// Prints the variables of a file as docker's own client reads it for `--env-file`, as a list in JSON.
package main

import (
	"encoding/json"
	"os"

	"github.com/docker/cli/pkg/kvfile"
)

func main() {
	lines, err := kvfile.Parse(os.Args[1], os.LookupEnv)
	if err != nil {
		panic(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(lines)
}
