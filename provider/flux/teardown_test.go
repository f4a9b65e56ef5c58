package flux

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

func TestTeardownMode(t *testing.T) {
	t.Parallel()
	orphan, force := TeardownOrphan, TeardownForce
	for _, test := range []struct {
		args        GitOpsTeardownArgs
		environment string
		policy      TeardownPolicy
		onUnhealthy TeardownOnUnhealthy
		refused     bool
	}{
		{policy: TeardownPrune, onUnhealthy: TeardownFail},
		{args: GitOpsTeardownArgs{Policy: &orphan}, policy: TeardownOrphan, onUnhealthy: TeardownFail},
		{args: GitOpsTeardownArgs{OnUnhealthy: &force}, policy: TeardownPrune, onUnhealthy: TeardownForce},
		{environment: "Force", policy: TeardownPrune, onUnhealthy: TeardownForce},
		{environment: "Orphan", policy: TeardownOrphan, onUnhealthy: TeardownFail},
		{args: GitOpsTeardownArgs{Policy: &orphan}, environment: "Force", policy: TeardownPrune, onUnhealthy: TeardownForce},
		{environment: "force", refused: true},
	} {
		policy, onUnhealthy, err := test.args.mode(test.environment)
		if (err != nil) != test.refused || policy != test.policy || onUnhealthy != test.onUnhealthy {
			t.Errorf("%+v with %q: got %s, %s, %v", test.args, test.environment, policy, onUnhealthy, err)
		}
	}
}

// TestProvenGone runs commands that stand for the question to AWS: only one that fails with the right words is a proof.
func TestProvenGone(t *testing.T) {
	t.Parallel()
	say := func(script string) []string { return []string{"sh", "-c", script} }
	for name, test := range map[string]struct {
		command  []string
		evidence string
		want     bool
	}{
		"gone": {
			say("echo 'An error occurred (ResourceNotFoundException)' >&2; exit 254"), "ResourceNotFoundException", true,
		},
		"there":            {say("echo ACTIVE"), "ResourceNotFoundException", false},
		"there, named so":  {say("echo ResourceNotFoundException"), "ResourceNotFoundException", false},
		"not allowed":      {say("echo AccessDeniedException >&2; exit 254"), "ResourceNotFoundException", false},
		"no such program":  {[]string{filepath.Join(t.TempDir(), "aws")}, "ResourceNotFoundException", false},
		"nobody to ask":    {nil, "ResourceNotFoundException", false},
		"nothing to prove": {say("exit 1"), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := provenGone(t.Context(), test.command, &test.evidence); got != test.want {
				t.Errorf("proven gone: got %t, want %t", got, test.want)
			}
		})
	}
}

func TestTeardownSpec(t *testing.T) {
	t.Parallel()
	policy, onUnhealthy, timeout := TeardownPolicy("Keep"), TeardownOnUnhealthy("Wait"), "10s"
	got := (&TeardownSpec{Policy: &policy, OnUnhealthy: &onUnhealthy, Timeout: &timeout}).Validate("teardown")
	want := inputs.Violations{
		{Path: "teardown.policy", Reason: `must be one of Prune, Orphan; got "Keep"`},
		{Path: "teardown.onUnhealthy", Reason: `must be one of Fail, Force; got "Wait"`},
		{Path: "teardown.timeout", Reason: `must be at least 1m0s; got "10s"`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
