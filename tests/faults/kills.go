package faults

import (
	"math/rand/v2"
	"regexp"
)

// The processes that are killed, beside Pulumi as a whole: our plugin alone, the API server, Flux's controllers.
const (
	plugin       = "pulumi-resource-gitops-cluster"
	apiServer    = "kube-apiserver"
	source       = "source-controller"
	kustomize    = "kustomize-controller"
	helm         = "helm-controller"
	notification = "notification-controller"
)

// stage is a step of a command, known by what Pulumi says, and what may be killed at it.
type stage struct {
	name    string
	command string
	said    *regexp.Regexp
	victims []string
}

// stages are in the order in which a command gets to them. A FluxInstall that was cut off is replaced or updated by the
// next up, not created.
var stages = []stage{
	{"the network is made", "up", regexp.MustCompile(`aws:ec2:Vpc \S+ creating`), []string{plugin}},
	{"nodes are made", "up", regexp.MustCompile(`aws:eks:NodeGroup \S+ creating`), []string{plugin, apiServer}},
	{
		"Flux is seeded", "up", regexp.MustCompile(`FluxInstall \S+ (creating|updating).* applying the manifests`),
		[]string{plugin, apiServer},
	},
	{
		// Or has just started, after a kill whose Flux was quicker than the next up.
		"Flux starts", "up",
		regexp.MustCompile(`FluxInstall \S+ ((creating|updating).* deployments of Flux|created|updated)`),
		[]string{plugin, apiServer, source, kustomize, helm, notification},
	},
	{
		"the first sync is awaited", "up", regexp.MustCompile(`GitOpsTeardown \S+ (creating|updating)`),
		[]string{plugin, apiServer, source, kustomize, helm, notification},
	},
	{
		"what Flux has applied is removed", "destroy", regexp.MustCompile(`GitOpsTeardown \S+ deleting.* waiting for`),
		[]string{plugin, apiServer, source, kustomize, helm, notification},
	},
	{
		"nodes are deleted", "destroy", regexp.MustCompile(`aws:eks:NodeGroup \S+ deleting`),
		[]string{plugin, apiServer},
	},
}

// Kill is a process that is killed at a stage.
type Kill struct {
	stage
	Victim string
}

// String is how a report calls the kill.
func (k Kill) String() string { return k.Victim + " killed while " + k.name }

// Rounds is how many rounds it takes to kill everything everywhere.
func Rounds() int {
	rounds := 0
	for _, s := range stages {
		rounds = max(rounds, len(s.victims))
	}
	return rounds
}

// Kills draws one victim for each stage of a command in a round, different ones at neighbouring stages. Over all rounds
// each victim of each stage is drawn; the seed says which of them meet in one round.
func Kills(seed uint64, round int, command string) []Kill {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be repeated, not to be secret
	order := random.Perm(Rounds())
	plan := make([]Kill, 0, len(stages))
	for i, s := range stages {
		if s.command == command {
			plan = append(plan, Kill{s, s.victims[order[(round+i)%len(order)]%len(s.victims)]})
		}
	}
	return plan
}
