package flux

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"time"
)

// probeTimeout bounds the question whether the cluster still exists.
const probeTimeout = time.Minute

// provenGone asks whoever has made the cluster whether it still exists. A cluster that does not answer is not gone:
// only a command that fails with the given words proves it. Without a command nothing is ever proven.
func provenGone(ctx context.Context, command []string, evidence string) bool {
	if len(command) == 0 || evidence == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	probe := exec.CommandContext(ctx, command[0], command[1:]...)
	var said bytes.Buffer
	probe.Stdout, probe.Stderr = &said, &said
	return probe.Run() != nil && strings.Contains(said.String(), evidence)
}
