//go:build acceptance

// Package acceptance runs programs against the witness of the simulated AWS: the real terraform-provider-aws on an
// emulator that others made. `make acceptance` runs it; what it needs takes too long to build for `make test`.
package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

const networkProgram = `name: network
runtime: yaml
resources:
  net:
    type: gitops-cluster:Network
    properties: { numberOfAvailabilityZones: 2, tags: { team: platform } }
`

// start starts a local cloud with one of the two AWS.
func start(t *testing.T, kind string) fixture.Cloud {
	t.Helper()
	t.Setenv("LOCALCLOUD_AWS", kind)
	return fixture.Start(t)
}

// timed is one step of a life: its time is what the report of `make acceptance` is made of.
func timed(t *testing.T, step string, run func(progress *bytes.Buffer) error) {
	t.Helper()
	began := time.Now()
	var progress bytes.Buffer
	err := run(&progress)
	t.Logf("%-24s %6.1fs", step, time.Since(began).Seconds())
	if err != nil {
		t.Fatalf("%s: %v\n%s", step, err, &progress)
	}
}

// live goes through the life of a stack: a preview, up, again with no changes, refresh, a change, again with no
// changes, destroy, nothing left.
func live(t *testing.T, cloud fixture.Cloud, opened auto.Stack, change func()) {
	t.Helper()
	timed(t, "preview", func(progress *bytes.Buffer) error {
		_, err := opened.Preview(t.Context(), optpreview.ProgressStreams(progress))
		return err
	})
	timed(t, "up", func(progress *bytes.Buffer) error {
		_, err := opened.Up(t.Context(), optup.ProgressStreams(progress))
		return err
	})
	timed(t, "up again", func(progress *bytes.Buffer) error {
		_, err := opened.Up(t.Context(), optup.ProgressStreams(progress), optup.ExpectNoChanges(), optup.Diff())
		return err
	})
	timed(t, "refresh", func(progress *bytes.Buffer) error {
		_, err := opened.Refresh(t.Context(), optrefresh.ProgressStreams(progress), optrefresh.ExpectNoChanges(),
			optrefresh.Diff())
		return err
	})
	change()
	timed(t, "up with a change", func(progress *bytes.Buffer) error {
		result, err := opened.Up(t.Context(), optup.ProgressStreams(progress), optup.Diff())
		if err == nil && (*result.Summary.ResourceChanges)["update"] == 0 {
			return fmt.Errorf("nothing was updated: %v", *result.Summary.ResourceChanges)
		}
		return err
	})
	timed(t, "up again", func(progress *bytes.Buffer) error {
		_, err := opened.Up(t.Context(), optup.ProgressStreams(progress), optup.ExpectNoChanges(), optup.Diff())
		return err
	})
	timed(t, "destroy", func(progress *bytes.Buffer) error {
		_, err := opened.Destroy(t.Context(), optdestroy.ProgressStreams(progress))
		return err
	})
	cloud.MustBeEmpty(t)
}

// rewrite changes the program of a stack.
func rewrite(t *testing.T, opened auto.Stack, before, after string) {
	t.Helper()
	file := filepath.Join(opened.Workspace().WorkDir(), "Pulumi.yaml")
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(program), before, after, 1)
	if changed == string(program) {
		t.Fatalf("the program has no %q", before)
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil { //nolint:gosec // the folder is the test's own
		t.Fatal(err)
	}
}

// TestNetwork is the Network alone.
func TestNetwork(t *testing.T) {
	cloud := start(t, localcloud.Moto)
	opened := cloud.Open(t, "network", []byte(networkProgram), nil)
	live(t, cloud, opened, func() { rewrite(t, opened, "team: platform", "team: infrastructure") })
}

// TestCluster is the demo's program.
func TestCluster(t *testing.T) {
	cloud := start(t, localcloud.Moto)
	opened := openExample(t, cloud)
	live(t, cloud, opened, func() { rewrite(t, opened, "team: platform", "team: infrastructure") })
}

func openExample(t *testing.T, cloud fixture.Cloud) auto.Stack {
	t.Helper()
	program, config := cloud.Example(t)
	return cloud.Open(t, "example", program, config)
}
