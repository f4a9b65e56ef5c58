package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ProbeEvidence is what AWS says of a cluster that does not exist.
const ProbeEvidence = "ResourceNotFoundException"

// Probe is the command that asks AWS whether a cluster exists. It is kept in the state and run by a destroy, when the
// cluster does not answer; so it names the region, which the environment of that day may not.
func Probe(region, name string) []string {
	return []string{
		"aws", "--region", region, "eks", "describe-cluster", "--name", name, "--query", "cluster.status", "--output", "text",
	}
}

// ProbeCommand is the command for this cluster.
func (c *Cluster) ProbeCommand() pulumi.StringArrayOutput {
	return pulumi.All(c.Region, c.Name).ApplyT(func(values []any) []string {
		region, _ := values[0].(string)
		name, _ := values[1].(string)
		return Probe(region, name)
	}).(pulumi.StringArrayOutput)
}
