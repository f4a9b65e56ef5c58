package aws

import (
	"context"
	"fmt"
	"maps"
	"strings"
)

func nodeGroupKinds() map[string]*kind {
	return map[string]*kind{
		typeNodeGroup: {
			title: "EKS Node Group", service: eks, named: "nodeGroupName", tags: eksTags,
			calls: calls{create: "CreateNodegroup", update: "UpdateNodegroupConfig", remove: "DeleteNodegroup"},
			references: []reference{
				{property: "clusterName", token: typeCluster, code: notFound, message: noSuchCluster},
			},
			quota: &quota{
				limit: 30, scope: "clusterName", code: limitExceeded, message: "At most %d node groups per cluster.",
			},
			create: (*tx).createNodeGroup, finishCreate: finishNodeGroup,
			update: (*tx).updateNodeGroup, finishUpdate: finishNodeGroupUpdate,
			finishRemove: finishNodeGroupRemoval,
		},
	}
}

func (t *tx) createNodeGroup(inputs props) (*record, error) {
	cluster := t.lookup(typeCluster, inputs.str("clusterName"))
	name := orElse(inputs.str("nodeGroupName"), inputs.str("nodeGroupNamePrefix")+randomHex(26))
	if cluster.Status != statusActive {
		return nil, t.fail(invalidRequest, "Cluster '%s' is not in ACTIVE status", cluster.ID)
	}
	if t.lookup(typeNodeGroup, cluster.ID+":"+name) != nil {
		return nil, t.fail(inUse, "NodeGroup already exists with name %s and cluster name %s", name, cluster.ID)
	}
	if err := t.checkNodeGroup(cluster, inputs); err != nil {
		return nil, err
	}
	id := newUUID()
	r := &record{
		Type: typeNodeGroup, ID: cluster.ID + ":" + name, Status: statusCreating, Inputs: inputs,
		Computed: props{
			"arn":           t.arn("eks", "nodegroup/"+cluster.ID+"/"+name+"/"+id),
			"nodeGroupName": name, "nodeGroupNamePrefix": inputs.str("nodeGroupNamePrefix"), "status": statusCreating,
			"resources": []any{map[string]any{
				"autoscalingGroups":           []any{map[string]any{"name": "eks-" + name + "-" + id}},
				"remoteAccessSecurityGroupId": "",
			}},
		},
	}
	t.computeNodeGroup(r, cluster, inputs)
	t.decidePods(r, cluster)
	t.putNodeEntry(cluster, inputs.str("nodeRoleArn"))
	return r, nil
}

// putNodeEntry lets the nodes into the cluster, unless an entry for their role is there already.
func (t *tx) putNodeEntry(cluster *record, roleARN string) {
	if cluster.str("accessConfig.authenticationMode") == modeConfigMap || t.entryOf(cluster.ID, roleARN) != nil {
		return
	}
	entry := t.newAccessEntry(cluster.ID, roleARN, entryEC2Linux)
	entry.Owner = cluster.key()
	entry.fact(madeByEKS, true)
	t.put(entry)
}

const givesPrefixes = "givesPrefixes"

// decidePods keeps what the number of pods on a node of the group follows from. EKS looks at the CNI when it makes the
// group, or new instances for all of it, and never in between.
// https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html
func (t *tx) decidePods(r, cluster *record) {
	cni := t.lookup(typeAddon, cluster.ID+":vpc-cni")
	r.fact(givesPrefixes, cni != nil && GivesPrefixes(cni.str("configurationValues")))
}

// computeNodeGroup fills in EKS's defaults.
func (t *tx) computeNodeGroup(r, cluster *record, inputs props) {
	template := t.templateOf(inputs)
	minor := cluster.str("version")
	amiType, diskSize, types := "AL2023_x86_64_STANDARD", 20, []any{"t3.medium"}
	if compareMinors(minor, "1.30") < 0 {
		amiType = "AL2_x86_64"
	}
	if template != nil {
		diskSize = 0
		if template.has("imageId") {
			amiType = "CUSTOM"
		}
		if template.has("instanceType") {
			types = []any{}
		}
	}
	defaults := props{
		"amiType": amiType, "capacityType": "ON_DEMAND", "diskSize": diskSize, "instanceTypes": types,
		"nodeRepairConfig": map[string]any{"enabled": false}, "releaseVersion": releaseVersion(minor), "version": minor,
		"labels": map[string]any{}, "taints": []any{},
	}
	if !inputs.has("updateConfig") {
		defaults["updateConfig"] = map[string]any{"maxUnavailable": 1}
	}
	if found, _ := t.findTemplate(inputs); found != nil {
		// Whichever of the two was given, EKS answers both.
		r.set("launchTemplate", map[string]any{"id": found.ID, "name": found.str("name")})
	}
	for name := range defaults {
		delete(r.Computed, name)
		if inputs.has(name) {
			delete(defaults, name)
		}
	}
	maps.Copy(r.Computed, defaults)
}

func (t *tx) nodeGroupSpec(r *record) NodeGroupSpec {
	p := r.properties()
	spec := NodeGroupSpec{
		Name: p.str("nodeGroupName"), Version: p.str("version"), CapacityType: p.str("capacityType"),
		AMIType: p.str("amiType"), InstanceTypes: p.strings("instanceTypes"), Size: p.number("scalingConfig.desiredSize"),
		Labels: p.stringMap("labels"), Prefixes: r.Facts.flag(givesPrefixes),
	}
	if template := t.templateOf(p); len(spec.InstanceTypes) == 0 && template != nil {
		spec.InstanceTypes = []string{template.str("instanceType")}
	}
	effects := map[string]string{
		"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule",
	}
	for _, taint := range p.objects("taints") {
		spec.Taints = append(spec.Taints,
			Taint{Key: taint.str("key"), Value: taint.str("value"), Effect: effects[taint.str("effect")]})
	}
	for _, id := range p.strings("subnetIds") {
		subnet := t.lookup(typeSubnet, id)
		spec.Subnets = append(spec.Subnets,
			NodeSubnet{ID: id, Zone: subnet.str("availabilityZone"), CIDRBlock: subnet.str("cidrBlock")})
	}
	return spec
}

// finishNodeGroup starts the instances. They join the cluster, or the group fails as a whole.
func finishNodeGroup(ctx context.Context, c *Cloud, recordKey string) error {
	return placeNodes(ctx, c, recordKey, "create", statusCreateFailed)
}

func finishNodeGroupUpdate(ctx context.Context, c *Cloud, recordKey string) error {
	return placeNodes(ctx, c, recordKey, "update", statusDegraded)
}

func placeNodes(ctx context.Context, c *Cloud, recordKey, doing, failedStatus string) error {
	var spec NodeGroupSpec
	var issue *nodeIssue
	var cluster, id string
	c.store.look(func(a *account) {
		t := c.tx(a)
		r := t.at(recordKey)
		cluster, id = r.str("clusterName"), r.ID
		spec, issue = t.nodeGroupSpec(r), t.nodeIssue(r)
	})
	if issue == nil {
		if err := c.options.Backend.ApplyNodeGroup(ctx, cluster, spec); err != nil {
			if ctx.Err() != nil {
				return err // the daemon ends: the group stays as it is, and the next daemon goes on with it
			}
			issue = &nodeIssue{code: "NodeCreationFailure", message: "Instances failed to join the kubernetes cluster",
				why: err.Error()}
		}
	}
	var outcome error
	if issue != nil {
		outcome = fmt.Errorf("waiting for EKS Node Group (%s) %s: unexpected state '%s', wanted target 'ACTIVE'. "+
			"last error: %s: %s (local cloud: %s)", id, doing, failedStatus, issue.code, issue.message, issue.why)
	}
	err := c.change("CreateNodegroup", func(t *tx) error {
		r := t.at(recordKey)
		if issue != nil {
			t.setStatus(r, failedStatus)
			return nil
		}
		t.setStatus(r, statusActive)
		t.placeInterfaces(r, spec)
		return nil
	}, outcome)
	if err == nil {
		c.recoverAddons(ctx, cluster)
	}
	return err
}

// placeInterfaces gives each node its network interface, spread over the group's subnets.
func (t *tx) placeInterfaces(r *record, spec NodeGroupSpec) {
	for _, card := range t.where(func(o *record) bool { return o.Type == typeNetworkInterface && o.Owner == r.key() }) {
		t.drop(card)
	}
	groups := t.nodeSecurityGroups(r)
	for i := range spec.Size {
		subnet := t.lookup(typeSubnet, spec.Subnets[i%len(spec.Subnets)].ID)
		t.newInterface(subnet, r.key(), "node of "+r.ID, groups)
	}
}

// nodeSecurityGroups are those that the launch template names, or else the one that EKS made for the cluster.
func (t *tx) nodeSecurityGroups(r *record) []string {
	if template := t.templateOf(r.properties()); template != nil {
		if groups := templateGroups(template); len(groups) > 0 {
			return groups
		}
	}
	return []string{t.lookup(typeCluster, r.str("clusterName")).str("vpcConfig.clusterSecurityGroupId")}
}

func templateGroups(template props) []string {
	groups := template.strings("vpcSecurityGroupIds")
	for _, card := range template.objects("networkInterfaces") {
		groups = append(groups, card.strings("securityGroups")...)
	}
	return groups
}

func (t *tx) updateNodeGroup(r *record, inputs props) error {
	cluster := t.lookup(typeCluster, r.str("clusterName"))
	if (inputs.object("launchTemplate") == nil) != (r.Inputs.object("launchTemplate") == nil) {
		return t.fail(invalidParameter, "You cannot add a launch template to, or remove it from, an existing node group.")
	}
	if inputs.str("version") != r.Inputs.str("version") || inputs.str("launchTemplate.version") !=
		r.Inputs.str("launchTemplate.version") {
		t.call = "UpdateNodegroupVersion"
	}
	if err := t.checkNodeGroup(cluster, inputs); err != nil {
		return err
	}
	t.computeNodeGroup(r, cluster, inputs)
	if t.call == "UpdateNodegroupVersion" {
		t.decidePods(r, cluster)
	}
	return nil
}

// finishNodeGroupRemoval takes the nodes away, and with a role's last group the entry that let its nodes in.
func finishNodeGroupRemoval(ctx context.Context, c *Cloud, recordKey string) error {
	cluster, name, _ := strings.Cut(strings.TrimPrefix(recordKey, typeNodeGroup+"|"), ":")
	if err := c.options.Backend.DeleteNodeGroup(ctx, cluster, name); err != nil {
		return fmt.Errorf("waiting for EKS Node Group (%s:%s) delete: %w", cluster, name, err)
	}
	return c.change("DeleteNodegroup", func(t *tx) error {
		r := t.at(recordKey)
		if r == nil {
			return nil
		}
		role := r.str("nodeRoleArn")
		t.drop(r)
		entry := t.entryOf(cluster, role)
		if len(t.groupsWithRole(cluster, role)) == 0 && entry != nil && entry.Facts.flag(madeByEKS) {
			t.drop(entry)
		}
		return nil
	}, nil)
}

func (t *tx) groupsWithRole(cluster, roleARN string) []*record {
	return t.where(func(r *record) bool {
		return r.Type == typeNodeGroup && r.str("clusterName") == cluster && r.str("nodeRoleArn") == roleARN
	})
}
