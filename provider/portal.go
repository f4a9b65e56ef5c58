package provider

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/backstage"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// backstageViewer names Backstage's access entry.
const backstageViewer = "backstage"

const accessRoleArn = "backstage.accessRoleArn"

// portalSettings are what the plain inputs say about the entities of the resource called name.
func (g GitOpsClusterArgs) portalSettings(name, stack string) backstage.Settings {
	settings := g.Backstage.Settings(g.clusterName(name, stack))
	// Who brings a VPC has an owner for it, and maybe an entity.
	settings.ForeignVPC = settings.ForeignVPC || g.network().VpcId != nil
	return settings
}

// viewers are those who may look into the cluster and change nothing: Backstage, if it is given a role.
func viewers(spec *backstage.BackstageSpec) []cluster.Viewer {
	if spec == nil || spec.AccessRoleArn == nil {
		return nil
	}
	return []cluster.Viewer{{
		Name: backstageViewer, PrincipalArn: spec.AccessRoleArn, Input: accessRoleArn, Group: backstageViewer + "-viewers",
	}}
}

// groupsOf are the viewers' Kubernetes groups.
func groupsOf(viewers []cluster.Viewer) []string {
	groups := make([]string, 0, len(viewers))
	for _, viewer := range viewers {
		groups = append(groups, viewer.Group)
	}
	return groups
}

// validateViewers refuses what gives Backstage's access entry the name or the identity of another one: EKS takes one
// entry for each identity, and says so when the cluster is made.
func (g GitOpsClusterArgs) validateViewers(raw property.Map) inputs.Violations {
	if inputs.At(property.New(raw), "backstage", "accessRoleArn").IsNull() {
		return nil
	}
	var found inputs.Violations
	role := textAt(raw, "backstage", "accessRoleArn")
	if role != "" && role == textAt(raw, "kubeconfigSettings", "roleArn") {
		found.Addf(accessRoleArn, "is that of kubeconfigSettings.roleArn too, which administers the cluster; give "+
			"Backstage a role of its own")
	}
	if g.Access == nil {
		return found
	}
	for _, name := range slices.Sorted(maps.Keys(g.Access.Entries)) {
		path := inputs.Key("access.entries", name)
		if name == backstageViewer {
			found.Addf(path, "is the name of the entry for %s; give yours another name", accessRoleArn)
		}
		if role != "" && role == textAt(raw, "access", "entries", name, "principalArn") {
			found.Addf(accessRoleArn, "is that of %s too, and EKS takes one entry for each identity; leave out one of the two",
				path)
		}
	}
	return found
}

// validateForeignVPC refuses annotations of the entity of a VPC that is not described, because somebody else has it.
func validateForeignVPC(raw property.Map) inputs.Violations {
	var found inputs.Violations
	if !inputs.At(property.New(raw), "network", "vpcId").IsNull() &&
		!inputs.At(property.New(raw), "backstage", "annotations", "vpc").IsNull() {
		found.Addf("backstage.annotations.vpc", "have no entity to stand at, because an existing VPC is not described; "+
			"leave them out")
	}
	return found
}
