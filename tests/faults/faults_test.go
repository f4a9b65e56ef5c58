package faults

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// planted are the secrets that the programs carry. Whoever quotes an input tells one of them.
const planted = "planted-secret-7c1f"

const networkProgram = `name: faults
runtime: yaml
resources:
  platform:
    type: gitops-cluster:Network
    properties:
      numberOfAvailabilityZones: 2
      tags:
        team: { fn::secret: ` + planted + ` }
`

const (
	vpc       = "aws:ec2/vpc:Vpc"
	gateway   = "aws:ec2/internetGateway:InternetGateway"
	nat       = "aws:ec2/natGateway:NatGateway"
	route     = "aws:ec2/route:Route"
	role      = "aws:iam/role:Role"
	key       = "aws:kms/key:Key"
	cluster   = "aws:eks/cluster:Cluster"
	addon     = "aws:eks/addon:Addon"
	nodeGroup = "aws:eks/nodeGroup:NodeGroup"
)

// seed and refusals are what the environment says: `make faults` has more of them than the tests do.
func seed(t *testing.T) uint64 {
	t.Helper()
	return uint64(number(t, "FAULTS_SEED", 1)) //nolint:gosec // a seed may be any number
}

func refusals(t *testing.T) int {
	t.Helper()
	return number(t, "FAULTS_REFUSALS", 1)
}

func number(t *testing.T, variable string, fallback int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return fallback
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < 0 {
		t.Fatalf("%s must be a number; got %q", variable, text)
	}
	return value
}

// TestNetwork makes and destroys a network while AWS fails.
func TestNetwork(t *testing.T) {
	fixture.NeedsSimulator(t, "faults on order")
	t.Parallel()
	cloud := fixture.StartHollow(t)
	opened := cloud.Open(t, "faults", []byte(networkProgram), nil)
	r := runner{t: t, cloud: cloud, opened: opened, logs: []string{"--logtostderr", "--logflow", "-v=3"}}
	r.storm("up", Plan(seed(t), refusals(t), "create", []string{vpc, gateway, route, nat, route}))
	r.storm("destroy", Plan(seed(t), refusals(t), "delete", []string{route, nat, gateway, vpc}))
	cloud.MustBeEmpty(t)
}

// TestCluster makes and destroys the whole while AWS fails, on real API servers and controllers.
func TestCluster(t *testing.T) {
	fixture.NeedsSimulator(t, "faults on order")
	t.Parallel()
	cloud := fixture.Start(t)
	opened := openPlanted(t, cloud)
	// Without Pulumi's own log: its Node.js SDK, on which pulumi-eks runs, writes there what getResource answers about the
	// roles, secret tags included.
	r := runner{t: t, cloud: cloud, opened: opened}
	creation, deletion := []string{cluster, nodeGroup, addon}, []string{nodeGroup, cluster}
	if refusals(t) > 1 {
		creation, deletion = []string{role, key, cluster, addon, nodeGroup, addon}, []string{nodeGroup, addon, cluster, role}
	}
	r.storm("up", Plan(seed(t), refusals(t), "create", creation))
	r.storm("destroy", Plan(seed(t), refusals(t), "delete", deletion))
	cloud.MustBeEmpty(t)
	r.searchLogs()
}

// runner runs Pulumi against faults.
type runner struct {
	t      *testing.T
	cloud  fixture.Cloud
	opened auto.Stack
	// logs are the flags that make Pulumi log.
	logs []string
}

// storm runs a command again and again, with one fault each time, and at last with none, which must do the rest.
func (r runner) storm(command string, plan []Trial) {
	r.t.Helper()
	for _, trial := range plan {
		if err := r.cloud.OrderFaults(r.t.Context(), trial.Fault); err != nil {
			r.t.Fatal(err)
		}
		began := time.Now()
		killed := false
		said, failure := r.run(command, trial.String(), func(string) {
			if trial.Kills() && !killed && r.onlyHeld(began) {
				r.cloud.KillPulumi(r.t, r.opened)
				killed = true
			}
		})
		if killed {
			r.cloud.Unlock(r.t, r.opened)
		}
		met := r.met(began)
		r.t.Logf("%s: met %t, failed %t, %s", trial, met, failure != nil, time.Since(began).Round(time.Second))
		switch {
		case !met:
			r.t.Errorf("%s: pulumi %s never met it, and ended with %v\n%s", trial, command, failure, said)
		case met && trial.Survives && failure != nil:
			r.t.Errorf("%s: pulumi %s failed: %v\n%s", trial, command, failure, said)
		case met && !trial.Survives && failure == nil:
			r.t.Errorf("%s: pulumi %s did not notice", trial, command)
		}
	}
	if err := r.cloud.OrderFaults(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	if said, failure := r.run(command, "no fault", func(string) {}); failure != nil {
		r.t.Errorf("without faults pulumi %s did not do the rest: %v\n%s", command, failure, said)
	}
}

// met says whether an operation since a time has met the fault.
func (r runner) met(since time.Time) bool {
	operations, err := r.cloud.Operations(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, o := range operations {
		if o.Fault != "" && !o.Start.Before(since) {
			return true
		}
	}
	return false
}

// calm is how long nothing else must have happened before Pulumi is killed: what AWS has done by then stands in the
// state. Otherwise things would be left over that nobody was told of, whatever the program.
const calm = 1500 * time.Millisecond

// onlyHeld says whether an operation is held and nothing else is under way any more.
func (r runner) onlyHeld(since time.Time) bool {
	operations, err := r.cloud.Operations(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	held := false
	for _, o := range operations {
		switch {
		case o.Start.Before(since):
		case o.Fault != "" && o.End.IsZero():
			held = held || time.Since(o.Start) > calm
		case o.End.IsZero() || time.Since(o.End) < calm:
			return false
		}
	}
	return held
}
