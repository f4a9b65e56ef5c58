package moto

import (
	"context"
	"net/http"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// nodeGroup is what is known of a node group beside moto's record.
type nodeGroup struct {
	overlay object
	last    object
	// prefixes is what the number of pods on its nodes follows from.
	prefixes bool
}

// over lays what is known over moto's record, in which tags cannot change.
func (g *nodeGroup) over(described object) object {
	result := described.merged(g.overlay)
	result["tags"] = g.overlay["tags"]
	return result
}

const (
	nodeGroupPath = "/clusters/{cluster}/node-groups/{group}"
	versionUpdate = "VersionUpdate"
)

func (c *cluster) givesPrefixes() bool {
	return aws.GivesPrefixes(c.addons["vpc-cni"].text("configurationValues"))
}

func (c *controlPlane) routeNodeGroups() {
	c.handle("POST /clusters/{cluster}/node-groups", c.createNodeGroup)
	c.handle("GET "+nodeGroupPath, c.describeNodeGroup)
	c.handle("DELETE "+nodeGroupPath, c.deleteNodeGroup)
	c.handle("POST "+nodeGroupPath+"/update-config", c.configureNodeGroup)
	c.handle("POST "+nodeGroupPath+"/update-version", c.updateNodeGroupVersion)
}

func (c *controlPlane) createNodeGroup(r *http.Request, request object) (object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, err
	}
	if found.overlay.text("status") != active {
		return nil, refuse("InvalidRequestException", "Cluster '%s' is not in ACTIVE status", r.PathValue("cluster"))
	}
	subnets, err := c.account.subnets(r.Context(), request.texts("subnets"))
	if err != nil || len(subnets) == 0 {
		return nil, refuse(invalidParameter, "The subnet IDs are not valid: %v", err)
	}
	answer, err := c.ask(r.Context(), http.MethodPost, r.URL.Path, request)
	if err != nil {
		return nil, err
	}
	described, _ := asObject(answer["nodegroup"])
	group := &nodeGroup{prefixes: found.givesPrefixes()}
	if group.overlay, err = c.groupOverlay(r.Context(), found, request, described); err != nil {
		return nil, err
	}
	name := request.text("nodegroupName")
	found.nodeGroups[name] = group
	c.letNodesIn(found, r.PathValue("cluster"), request.text("nodeRole"))
	c.place(r.PathValue("cluster"), described.merged(group.overlay), subnets, group.prefixes, func(err error) {
		group.overlay["status"] = outcome(err, active, "CREATE_FAILED")
	})
	return object{"nodegroup": described.merged(group.overlay)}, nil
}

// groupOverlay is what EKS answers about a new node group and moto does not.
func (c *controlPlane) groupOverlay(ctx context.Context, found *cluster, request, described object) (object, error) {
	version := found.overlay.text("version")
	if version == "" {
		version = c.account.options.Backend.Versions()[0]
	}
	overlay := object{
		"status": creating, "version": version, "releaseVersion": version + ".0-20261105",
		"resources": object{"remoteAccessSecurityGroup": nil}, "amiType": "AL2023_x86_64_STANDARD", "diskSize": 20.0,
		"instanceTypes": []any{"t3.medium"}, "updateConfig": object{"maxUnavailable": 1.0}, "remoteAccess": nil,
		"tags": object{},
	}
	template := described.text("launchTemplate.id")
	if template != "" {
		overlay["diskSize"] = nil
		kind, err := c.account.templateInstanceType(ctx, template, request.text("launchTemplate.version"))
		if err != nil {
			return nil, err
		}
		if kind != "" {
			overlay["instanceTypes"] = nil
		}
	}
	for name := range overlay {
		if value := request[name]; value != nil {
			overlay[name] = value
		}
	}
	overlay["nodegroupArn"] = described["nodegroupArn"]
	return overlay, nil
}

// place makes the nodes of a group what it says.
func (c *controlPlane) place(
	cluster string, group object, subnets []subnet, prefixes bool, done func(error),
) {
	spec := aws.NodeGroupSpec{
		Name: group.text("nodegroupName"), Version: group.text("version"), CapacityType: group.text("capacityType"),
		AMIType: group.text("amiType"), InstanceTypes: group.texts("instanceTypes"),
		Size: group.number("scalingConfig.desiredSize"), Labels: map[string]string{}, Prefixes: prefixes,
	}
	labels, _ := asObject(group["labels"])
	for name := range labels {
		spec.Labels[name], _ = labels[name].(string)
	}
	effects := map[string]string{
		"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule",
	}
	taints, _ := group["taints"].([]any)
	for _, value := range taints {
		taint, _ := asObject(value)
		spec.Taints = append(spec.Taints, aws.Taint{
			Key: taint.text("key"), Value: taint.text("value"), Effect: effects[taint.text("effect")],
		})
	}
	for _, s := range subnets {
		spec.Subnets = append(spec.Subnets, aws.NodeSubnet{ID: s.ID, Zone: s.Zone, CIDRBlock: s.Block})
	}
	template, version := group.text("launchTemplate.id"), group.text("launchTemplate.version")
	c.later(func(ctx context.Context) error {
		if len(spec.InstanceTypes) == 0 {
			kind, err := c.account.templateInstanceType(ctx, template, version)
			if err != nil {
				return err
			}
			spec.InstanceTypes = []string{kind}
		}
		return c.account.options.Backend.ApplyNodeGroup(ctx, cluster, spec)
	}, func(err error) {
		if err != nil {
			c.account.options.Log.Error("nodes not placed", "cluster", cluster, "group", spec.Name, "error", err)
		}
		done(err)
	})
}

func outcome(err error, good, bad string) string {
	if err != nil {
		return bad
	}
	return good
}

// groupOf is the node group that a request names, and what EKS says about it.
func (c *controlPlane) groupOf(r *http.Request) (*cluster, *nodeGroup, object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, nil, nil, err
	}
	group := found.nodeGroups[r.PathValue("group")]
	if group != nil && group.last != nil {
		return found, group, group.over(group.last), nil
	}
	path := "/clusters/" + r.PathValue("cluster") + "/node-groups/" + r.PathValue("group")
	answer, err := c.ask(r.Context(), http.MethodGet, path, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	if group == nil {
		return nil, nil, nil, refuse(notFound, "No node group found for name: %s.", r.PathValue("group"))
	}
	described, _ := asObject(answer["nodegroup"])
	return found, group, group.over(described), nil
}

func (c *controlPlane) describeNodeGroup(r *http.Request, _ object) (object, error) {
	_, _, described, err := c.groupOf(r)
	return object{"nodegroup": described}, err
}

// deleteNodeGroup lets moto decide, and keeps the group in sight until its nodes are gone.
func (c *controlPlane) deleteNodeGroup(r *http.Request, _ object) (object, error) {
	found, group, described, err := c.groupOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := c.ask(r.Context(), http.MethodDelete, r.URL.Path, nil); err != nil {
		return nil, err
	}
	cluster, name := r.PathValue("cluster"), r.PathValue("group")
	group.last, group.overlay["status"] = described, deleting
	c.later(func(ctx context.Context) error {
		return c.account.options.Backend.DeleteNodeGroup(ctx, cluster, name)
	}, func(err error) {
		if err != nil {
			c.account.options.Log.Error("node group not deleted", "cluster", cluster, "group", name, "error", err)
			group.overlay["status"] = "DELETE_FAILED"
			return
		}
		delete(found.nodeGroups, name)
	})
	return object{"nodegroup": described.merged(group.overlay)}, nil
}

func (c *controlPlane) configureNodeGroup(r *http.Request, request object) (object, error) {
	if _, _, _, err := c.groupOf(r); err != nil {
		return nil, err
	}
	problem := aws.SizesProblem(request.number("scalingConfig.minSize"), request.number("scalingConfig.desiredSize"),
		request.number("scalingConfig.maxSize"))
	if problem != "" {
		return nil, refuse(invalidParameter, "%s", problem)
	}
	if _, err := c.ask(r.Context(), http.MethodPost, r.URL.Path, request); err != nil {
		return nil, err
	}
	return c.updateNodeGroup(r, "ConfigUpdate", onlyUpdateConfig(request))
}

// onlyUpdateConfig is what lies in the overlay and would hide moto's own record of the change.
func onlyUpdateConfig(request object) object {
	if config := request["updateConfig"]; config != nil {
		return object{"updateConfig": config}
	}
	return object{}
}

func (c *controlPlane) updateNodeGroupVersion(r *http.Request, request object) (object, error) {
	change := object{}
	for _, name := range []string{"version", "releaseVersion", "launchTemplate"} {
		if value := request[name]; value != nil {
			change[name] = value
		}
	}
	return c.updateNodeGroup(r, versionUpdate, change)
}

// updateNodeGroup changes a group and its nodes. The update is there to be waited for.
func (c *controlPlane) updateNodeGroup(r *http.Request, kind string, change object) (object, error) {
	found, group, described, err := c.groupOf(r)
	if err != nil {
		return nil, err
	}
	subnets, err := c.account.subnets(r.Context(), described.texts("subnets"))
	if err != nil {
		return nil, err
	}
	group.overlay = group.overlay.merged(change).merged(object{"status": "UPDATING"})
	if kind == versionUpdate {
		group.prefixes = found.givesPrefixes()
	}
	answer := found.newUpdate(kind, "InProgress")
	id := answer.text("update.id")
	c.place(r.PathValue("cluster"), described.merged(change), subnets, group.prefixes, func(err error) {
		group.overlay["status"] = outcome(err, active, "DEGRADED")
		end := object{"status": outcome(err, "Successful", "Failed")}
		if err != nil {
			end["errors"] = []any{object{"errorCode": "NodeCreationFailure", "errorMessage": err.Error()}}
		}
		found.updates[id] = found.updates[id].merged(end)
	})
	return answer, nil
}

// letNodesIn is the access entry that EKS makes for the role of a node group, unless there is one.
func (c *controlPlane) letNodesIn(found *cluster, cluster, role string) {
	if found.overlay.text("accessConfig.authenticationMode") == "CONFIG_MAP" || found.entries[role] != nil {
		return
	}
	entry := c.newEntry(cluster, role, object{"type": "EC2_LINUX"})
	entry[madeByEKS] = true
	found.entries[role] = entry
}

// lastOf is what stands behind the last slash.
func lastOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
