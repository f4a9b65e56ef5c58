package aws

import (
	"context"
	"fmt"
	"strings"
)

// The states of EKS's resources.
const (
	statusCreating     = "CREATING"
	statusActive       = "ACTIVE"
	statusFailed       = "FAILED"
	statusCreateFailed = "CREATE_FAILED"
	statusDegraded     = "DEGRADED"
	statusDeleting     = "DELETING"
)

// Authentication modes, in the only order in which a cluster may go through them.
const (
	modeConfigMap       = "CONFIG_MAP"
	modeAPIAndConfigMap = "API_AND_CONFIG_MAP"
	modeAPI             = "API"
)

const (
	invalidParameter = "InvalidParameterException"
	invalidRequest   = "InvalidRequestException"
	notFound         = "ResourceNotFoundException"
	inUse            = "ResourceInUseException"
	limitExceeded    = "ResourceLimitExceededException"
)

const noSuchCluster = "No cluster found for name: %s."

func clusterKinds() map[string]*kind {
	return map[string]*kind{
		typeCluster: {
			title: "EKS Cluster", service: eks, named: "name", tags: eksTags,
			calls: calls{create: "CreateCluster", update: "UpdateClusterConfig", remove: "DeleteCluster"},
			quota: &quota{
				limit: 100, code: limitExceeded, message: "Cluster limit exceeded: at most %d clusters per region.",
			},
			create: (*tx).createCluster, finishCreate: finishCluster,
			update: (*tx).updateCluster, finishUpdate: finishClusterUpdate,
			remove: (*tx).removeCluster, finishRemove: finishClusterRemoval,
		},
	}
}

func (t *tx) createCluster(inputs props) (*record, error) {
	name := inputs.str("name")
	if t.lookup(typeCluster, name) != nil {
		return nil, t.fail(inUse, "Cluster already exists with name: %s", name)
	}
	version := orElse(inputs.str("version"), newestMinor(t.cloud.options.Backend.Versions()))
	if err := t.checkCluster(inputs, version); err != nil {
		return nil, err
	}
	subnets, err := t.clusterSubnets(inputs)
	if err != nil {
		return nil, err
	}
	vpcID := subnets[0].str("vpcId")
	issuer := strings.ToUpper(randomHex(32))
	r := &record{
		Type: typeCluster, ID: name, Status: statusCreating,
		Facts: props{
			"creator": t.caller.PrincipalARN,
			"issuer":  "https://oidc.eks." + t.cloud.options.Region + ".amazonaws.com/id/" + issuer,
		},
		Computed: props{
			"arn": t.arn("eks", "cluster/"+name), "clusterId": "", "createdAt": timestamp(), "name": name,
			"platformVersion": "eks.5", "status": statusCreating, "version": version,
		},
	}
	r.Inputs = inputs // the rest looks at the record as a whole
	group := t.newSecurityGroup("eks-cluster-sg-"+name+"-"+randomFrom("0123456789", 9),
		"EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "+
			"managed workloads.", vpcID)
	group.Owner = r.key()
	group.Inputs[ingress] = []any{map[string]any{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": true}}
	group.Inputs[egress] = []any{
		map[string]any{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}},
	}
	group.set("tagsAll", map[string]any{
		"Name": group.str("name"), "kubernetes.io/cluster/" + name: "owned", "aws:eks:cluster-name": name,
	})
	t.put(group)
	t.computeCluster(r, inputs, vpcID, group.ID)
	groups := append([]string{group.ID}, inputs.strings("vpcConfig.securityGroupIds")...)
	for i, subnet := range subnets {
		if i < 4 {
			t.newInterface(subnet, r.key(), "Amazon EKS "+name, groups)
		}
	}
	if r.properties().flag("accessConfig.bootstrapClusterCreatorAdminPermissions") {
		t.putCreatorEntry(r)
	}
	return r, nil
}

// computeCluster fills in what AWS adds to the nested inputs.
func (t *tx) computeCluster(r *record, inputs props, vpcID, groupID string) {
	vpcConfig := props{"vpcId": vpcID, "clusterSecurityGroupId": groupID}
	if !inputs.has("vpcConfig.publicAccessCidrs") {
		vpcConfig["publicAccessCidrs"] = []any{"0.0.0.0/0"}
	}
	if !inputs.has("vpcConfig.securityGroupIds") {
		vpcConfig["securityGroupIds"] = []any{}
	}
	access := props{}
	if !inputs.has("accessConfig.authenticationMode") {
		access["authenticationMode"] = modeConfigMap
	}
	if !inputs.has("accessConfig.bootstrapClusterCreatorAdminPermissions") {
		access["bootstrapClusterCreatorAdminPermissions"] = true
	}
	network := props{"serviceIpv6Cidr": ""}
	if !inputs.has("kubernetesNetworkConfig.ipFamily") {
		network["ipFamily"] = "ipv4"
	}
	if !inputs.has("kubernetesNetworkConfig.serviceIpv4Cidr") {
		network["serviceIpv4Cidr"] = defaultServiceBlock(t.lookup(typeVPC, vpcID).str("cidrBlock"))
	}
	if !inputs.has("kubernetesNetworkConfig.elasticLoadBalancing") {
		network["elasticLoadBalancing"] = map[string]any{"enabled": false}
	}
	r.set("vpcConfig", map[string]any(vpcConfig))
	r.set("accessConfig", map[string]any(access))
	r.set("kubernetesNetworkConfig", map[string]any(network))
	r.set("upgradePolicy", map[string]any{"supportType": orElse(inputs.str("upgradePolicy.supportType"), "EXTENDED")})
	for _, list := range []string{"enabledClusterLogTypes", "defaultAddonsToRemoves"} {
		delete(r.Computed, list)
		if !inputs.has(list) {
			r.set(list, []any{})
		}
	}
	r.set("identities", []any{map[string]any{"oidcs": []any{map[string]any{"issuer": r.Facts.str("issuer")}}}})
}

// clusterSpec is what the backend is asked for.
func clusterSpec(r *record) ClusterSpec {
	return ClusterSpec{
		Name: r.ID, Version: r.str("version"), Issuer: r.Facts.str("issuer"),
		ServiceIPv4CIDR: r.str("kubernetesNetworkConfig.serviceIpv4Cidr"),
	}
}

// finishCluster starts the control plane. It is also what brings a cluster up again after the daemon was restarted.
func finishCluster(ctx context.Context, c *Cloud, recordKey string) error {
	var spec ClusterSpec
	c.store.look(func(a *account) { spec = clusterSpec(c.tx(a).at(recordKey)) })
	endpoint, backendErr := c.options.Backend.CreateCluster(ctx, spec)
	if backendErr != nil && ctx.Err() != nil {
		return backendErr // the daemon ends: the cluster stays in CREATING, and the next daemon goes on with it
	}
	failed := backendErr != nil
	return c.change("CreateCluster", func(t *tx) error {
		r := t.at(recordKey)
		if failed {
			t.setStatus(r, statusFailed)
			return nil
		}
		r.fact("servedVersion", spec.Version)
		r.set("endpoint", endpoint.Endpoint)
		r.set("certificateAuthority", map[string]any{"data": endpoint.CertificateAuthorityData})
		r.set("certificateAuthorities", []any{map[string]any{"data": endpoint.CertificateAuthorityData}})
		t.setStatus(r, statusActive)
		t.startLogging(r)
		return nil
	}, wrapBackend(backendErr, "waiting for EKS Cluster (%s) create: unexpected state 'FAILED', wanted target 'ACTIVE'. "+
		"last error: %w", spec.Name))
}

func (t *tx) setStatus(r *record, status string) {
	r.Status = status
	r.set("status", status)
}

// startLogging makes the log group of a cluster that logs, unless there is one.
func (t *tx) startLogging(cluster *record) {
	if t.writesLogs(cluster) && t.lookup(typeLogGroup, logGroupOf(cluster)) == nil {
		t.put(t.eksLogGroup(cluster))
	}
}

func (t *tx) removeCluster(r *record) error {
	if r.Status == statusCreating {
		return t.fail(inUse, "Cluster %s has status CREATING and cannot be deleted.", r.ID)
	}
	if len(t.of(typeNodeGroup, "clusterName", r.ID)) > 0 {
		return t.fail(inUse, "Cluster has nodegroups attached")
	}
	return nil
}

// finishClusterRemoval takes the servers away, and with the cluster all that hangs on it.
func finishClusterRemoval(ctx context.Context, c *Cloud, recordKey string) error {
	name := strings.TrimPrefix(recordKey, typeCluster+"|")
	if err := c.options.Backend.DeleteCluster(ctx, name); err != nil {
		return fmt.Errorf("waiting for EKS Cluster (%s) delete: %w", name, err)
	}
	return c.change("DeleteCluster", func(t *tx) error {
		for _, token := range []string{typeAddon, typeAccessEntry, typeAccessPolicy, typePodIdentity} {
			for _, r := range t.of(token, "clusterName", name) {
				t.drop(r)
			}
		}
		for _, group := range t.where(func(r *record) bool { return r.Type == typeSecurityGroup && r.Owner == recordKey }) {
			for _, token := range []string{typeSecurityGroupRule, typeIngressRule, typeEgressRule} {
				for _, rule := range t.of(token, "securityGroupId", group.ID) {
					t.drop(rule)
				}
			}
		}
		if r := t.at(recordKey); r != nil {
			t.drop(r)
		}
		return nil
	}, nil)
}

// change is for the long parts of EKS's operations: f's changes are kept and outcome is what the operation ends with,
// unless keeping them fails.
func (c *Cloud) change(call string, f func(*tx) error, outcome error) error {
	err := c.store.change(func(a *account) error {
		return f(c.tx(a).calling(eks, call))
	})
	if err != nil {
		return err
	}
	return outcome
}

func wrapBackend(err error, format, name string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format, name, err)
}

func newestMinor(versions []string) string {
	newest := ""
	for _, version := range versions {
		if newest == "" || compareMinors(version, newest) > 0 {
			newest = version
		}
	}
	return newest
}
