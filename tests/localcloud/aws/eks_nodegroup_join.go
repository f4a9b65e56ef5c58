package aws

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// nodeIssue is a health issue of a node group. AWS tells code and message; why is the local cloud's own hint, because
// on AWS one would look at the instances.
type nodeIssue struct{ code, message, why string }

func notJoined(format string, arguments ...any) *nodeIssue {
	return &nodeIssue{
		code: "NodeCreationFailure", message: "Instances failed to join the kubernetes cluster",
		why: fmt.Sprintf(format, arguments...),
	}
}

// nodeIssue says why a group's instances do not become Ready nodes, or nil. A group of size 0 has none that could fail.
func (t *tx) nodeIssue(r *record) *nodeIssue {
	size := r.properties().number("scalingConfig.desiredSize")
	if size == 0 {
		return nil
	}
	cluster := t.lookup(typeCluster, r.str("clusterName"))
	role := t.roleWithARN(r.str("nodeRoleArn"))
	if role == nil {
		return &nodeIssue{"IamNodeRoleNotFound", "We couldn't find the IAM role for your node group", "the role is gone"}
	}
	vpc := t.lookup(typeVPC, cluster.str("vpcConfig.vpcId")).properties()
	if !vpc.flag("enableDnsSupport") || !vpc.flag("enableDnsHostnames") {
		return notJoined("nodes cannot register unless DNS support and DNS hostnames of the VPC are on")
	}
	if issue := t.networkIssue(r, cluster, size); issue != nil {
		return issue
	}
	if issue := t.permissionIssue(cluster, role); issue != nil {
		return issue
	}
	if issue := t.securityGroupIssue(r, cluster); issue != nil {
		return issue
	}
	for _, name := range []string{"vpc-cni", "kube-proxy"} {
		if !t.runs(cluster, name) {
			return notJoined("nodes are never Ready without %s: neither is it an add-on of the cluster, nor has "+
				"bootstrapSelfManagedAddons put it there", name)
		}
	}
	return nil
}

// networkIssue checks the way out: to the registry, to EC2, and to the API server if that is public only.
func (t *tx) networkIssue(r, cluster *record, size int) *nodeIssue {
	subnetIDs := r.strings("subnetIds")
	free := 0
	for _, id := range subnetIDs {
		subnet := t.lookup(typeSubnet, id)
		free += t.freeAddresses(subnet)
		where, out := t.defaultRoute(subnet)
		switch {
		case !out:
			if issue := t.isolationIssue(r, cluster, subnet); issue != nil {
				return issue
			}
		case where.gateway != "" && !subnet.properties().flag("mapPublicIpOnLaunch"):
			return &nodeIssue{
				"Ec2SubnetInvalidConfiguration", "One or more Amazon EC2 Subnets of [" + id + "] for node group does not " +
					"automatically assign public IP addresses to instances launched into it.", "mapPublicIpOnLaunch is off",
			}
		case where.nat != "" && !t.leadsOut(where.nat):
			return notJoined("NAT gateway %s of subnet %s is not in a subnet with an active route to an internet gateway",
				where.nat, id)
		case !t.reachesAPI(cluster, where):
			return notJoined("the API server is not reachable from subnet %s: private access is off, and publicAccessCidrs "+
				"do not have the address that the nodes come from", id)
		}
	}
	// Nodes of this group are replaced, so their own addresses count as free.
	free += len(t.where(func(o *record) bool { return o.Type == typeNetworkInterface && o.Owner == r.key() }))
	if free < size {
		return &nodeIssue{
			"InsufficientFreeAddresses", "One or more of the subnets associated with your cluster does not have enough " +
				"available IP addresses", fmt.Sprintf("%d addresses are free in %v", free, subnetIDs),
		}
	}
	return nil
}

// isolationIssue checks what nodes need in a subnet that has no way out: VPC endpoints, and the API server inside.
// https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
func (t *tx) isolationIssue(r, cluster, subnet *record) *nodeIssue {
	if len(t.of(typeVPCEndpoint, "vpcId", subnet.str("vpcId"))) == 0 {
		return notJoined("subnet %s has no active route 0.0.0.0/0", subnet.ID)
	}
	missing := t.missingEndpoints(subnet, t.nodeSecurityGroups(r), "ec2", "ecr.api", "ecr.dkr", "s3")
	if len(missing) > 0 {
		return notJoined("subnet %s has no active route 0.0.0.0/0, and no VPC endpoint that it can use leads to %s",
			subnet.ID, strings.Join(missing, ", "))
	}
	if !cluster.properties().flag("vpcConfig.endpointPrivateAccess") {
		return notJoined("the API server is not reachable from subnet %s: private access is off, and there is no way out",
			subnet.ID)
	}
	return nil
}

func (t *tx) leadsOut(natID string) bool {
	gateway := t.lookup(typeNATGateway, natID)
	subnet := t.lookup(typeSubnet, gateway.str("subnetId"))
	where, out := t.defaultRoute(subnet)
	return out && where.gateway != "" && gateway.str("publicIp") != ""
}

func (t *tx) reachesAPI(cluster *record, where routeEntry) bool {
	if cluster.properties().flag("vpcConfig.endpointPrivateAccess") {
		return true
	}
	blocks := cluster.strings("vpcConfig.publicAccessCidrs")
	if where.nat == "" {
		// Nodes with addresses of their own come from anywhere in AWS's ranges.
		return slices.Contains(blocks, "0.0.0.0/0")
	}
	address, err := netip.ParseAddr(t.lookup(typeNATGateway, where.nat).str("publicIp"))
	return err == nil && slices.ContainsFunc(blocks, func(text string) bool {
		return netip.MustParsePrefix(text).Contains(address)
	})
}

func (t *tx) permissionIssue(cluster, role *record) *nodeIssue {
	if entry := t.entryOf(cluster.ID, role.str("arn")); entry != nil && entry.str("type") != entryEC2Linux {
		return notJoined("the access entry of the node role is of type %s instead of EC2_LINUX", entry.str("type"))
	}
	if !t.hasManaged(role, "AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy") {
		return notJoined("the node role has no AmazonEKSWorkerNodePolicy")
	}
	if !t.hasManaged(role, "AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly",
		"AmazonEC2ContainerRegistryPowerUser", "AmazonEC2ContainerRegistryFullAccess") {
		return notJoined("the node role has no policy to pull from ECR, such as AmazonEC2ContainerRegistryPullOnly")
	}
	const cni = "AmazonEKS_CNI_Policy"
	if !t.hasManaged(role, cni) && !slices.ContainsFunc(t.podRoles(cluster, "vpc-cni", "aws-node"), func(r *record) bool {
		return t.hasManaged(r, cni)
	}) {
		return notJoined("neither the node role nor an identity of vpc-cni has %s", cni)
	}
	return nil
}

// securityGroupIssue matters only to launch templates that name security groups: EKS then does not add the cluster's.
func (t *tx) securityGroupIssue(r, cluster *record) *nodeIssue {
	own := cluster.str("vpcConfig.clusterSecurityGroupId")
	groups := t.nodeSecurityGroups(r)
	if slices.Contains(groups, own) {
		return nil
	}
	for _, id := range append(cluster.strings("vpcConfig.securityGroupIds"), own) {
		for _, line := range t.rulesOf(t.lookup(typeSecurityGroup, id)) {
			source := line[strings.LastIndex(line, " ")+1:]
			if strings.HasPrefix(line, ingress) && slices.Contains(groups, source) {
				return nil
			}
		}
	}
	return notJoined("the launch template names security groups %v, and none of the control plane's groups lets them in",
		groups)
}

// runs says that an add-on is in the cluster, managed or put there by EKS when the cluster was made.
func (t *tx) runs(cluster *record, name string) bool {
	if t.lookup(typeAddon, cluster.ID+":"+name) != nil {
		return true
	}
	return cluster.properties().flag("bootstrapSelfManagedAddons") &&
		!slices.Contains(cluster.strings("defaultAddonsToRemoves"), name)
}
