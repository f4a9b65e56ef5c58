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

// refreshWithoutCluster is what a refresh says of a cluster that is gone. Pulumi's Kubernetes provider knows of no
// proof: it has to be told that a cluster which does not answer may be forgotten. Telling it so in its configuration
// would hold for every cluster that does not answer, whatever the reason, as on a machine without the VPN.
const refreshWithoutCluster = "the cluster does not exist any more: run `" + deleteUnreachable + " pulumi refresh` " +
	"to forget what was in it, if you have not, and `pulumi up` to make it anew"

const deleteUnreachable = "PULUMI_K8S_DELETE_UNREACHABLE=true"

// provenGone asks whoever has made the cluster whether it still exists. A cluster that does not answer is not gone:
// only a command that fails with the given words proves it. Without a command nothing is ever proven.
func provenGone(ctx context.Context, command []string, evidence *string) bool {
	if len(command) == 0 || stringOr(evidence, "") == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	probe := exec.CommandContext(ctx, command[0], command[1:]...)
	var said bytes.Buffer
	probe.Stdout, probe.Stderr = &said, &said
	return probe.Run() != nil && strings.Contains(said.String(), *evidence)
}
