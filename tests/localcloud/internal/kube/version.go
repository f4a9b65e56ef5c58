package kube

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
)

// serverVersion is the version of the Kubernetes programs: full such as "v1.35.4", minor such as "1.35".
type serverVersion struct{ full, minor string }

var versionLine = regexp.MustCompile(`^Kubernetes (v(\d+\.\d+)\.\d+\S*)\s*$`)

func readServerVersion(ctx context.Context, program string) (serverVersion, error) {
	output, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return serverVersion{}, fmt.Errorf("asking %s for its version: %w", program, err)
	}
	match := versionLine.FindSubmatch(output)
	if match == nil {
		return serverVersion{}, fmt.Errorf("asking %s for its version: %q is not of the form \"Kubernetes v1.2.3\"; "+
			"build it with the version set, as `make tools` does", program, output)
	}
	return serverVersion{full: string(match[1]), minor: string(match[2])}, nil
}
