package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// checkCluster checks what holds for a cluster at any time.
func (t *tx) checkCluster(inputs props, version string) error {
	for _, check := range []func(props) error{
		func(props) error { return t.checkVersion(version) },
		t.checkClusterRole, t.checkEndpoint, t.checkEncryption, t.checkAccessConfig,
	} {
		if err := check(inputs); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) checkVersion(version string) error {
	if known := t.cloud.options.Backend.Versions(); !slices.Contains(known, version) {
		return t.fail(invalidParameter, "unsupported Kubernetes version: %s (this local cloud has servers for %s)", version,
			strings.Join(known, ", "))
	}
	return nil
}

func (t *tx) checkClusterRole(inputs props) error {
	arn := inputs.str("roleArn")
	role := t.roleWithARN(arn)
	if role == nil {
		return t.fail(invalidParameter, "Role with arn: %s, could not be assumed because it does not exist or the trusted "+
			"entity is not correct", arn)
	}
	if !trusts(role, "eks.amazonaws.com", "sts:AssumeRole") {
		return t.fail(invalidParameter, "Role with arn: %s, could not be assumed because the trusted entity is not correct",
			arn)
	}
	if !t.hasManaged(role, "AmazonEKSClusterPolicy") {
		return t.fail(invalidParameter, "The provided role doesn't have the Amazon EKS Managed Policies associated with it. "+
			"Please ensure the following policies [arn:aws:iam::aws:policy/AmazonEKSClusterPolicy] are attached")
	}
	return nil
}

func (t *tx) checkEndpoint(inputs props) error {
	if !inputs.flag("vpcConfig.endpointPrivateAccess") && !inputs.flag("vpcConfig.endpointPublicAccess") {
		return t.fail(invalidParameter, "Private and public endpoint access cannot be false")
	}
	const limit = 40
	blocks := inputs.strings("vpcConfig.publicAccessCidrs")
	if len(blocks) > limit {
		return t.fail(invalidParameter, "At most %d publicAccessCidrs are allowed, %d were given.", limit, len(blocks))
	}
	for _, text := range blocks {
		block, err := netip.ParsePrefix(text)
		if err != nil || block.Addr().IsPrivate() || block.Addr().IsLoopback() || block.Addr().IsLinkLocalUnicast() {
			return t.fail(invalidParameter, "The following CIDRs are invalid in publicAccessCidrs: [%s]", text)
		}
	}
	return nil
}

func (t *tx) checkEncryption(inputs props) error {
	arn := inputs.str("encryptionConfig.provider.keyArn")
	if arn == "" {
		return nil
	}
	if encrypted := inputs.strings("encryptionConfig.resources"); !slices.Equal(encrypted, []string{"secrets"}) {
		return t.fail(invalidParameter, "encryptionConfig.resources must be [secrets], not %v", encrypted)
	}
	found, reason := t.usableKey(arn)
	if found == nil {
		return t.fail(invalidParameter, "Error while calling KMS DescribeKey for %s: %s", arn, reason)
	}
	if spec := found.properties().str("customerMasterKeySpec"); spec != symmetric {
		return t.fail(invalidParameter, "The key %s is of type %s, but it must be symmetric.", arn, spec)
	}
	// EKS asks for both in the name of whoever makes the cluster, and lets itself use the key by a grant.
	var policy policyDocument
	if err := json.Unmarshal([]byte(found.str("policy")), &policy); err != nil {
		return fmt.Errorf("reading the policy of key %s: %w", arn, err)
	}
	for _, action := range []string{"DescribeKey", "CreateGrant"} {
		if !t.letsCaller(policy, "kms:"+action) {
			return t.fail(invalidParameter, "Error while calling KMS %s for %s: AccessDeniedException: %s is not authorized "+
				"to perform kms:%s", action, arn, t.caller.PrincipalARN, action)
		}
	}
	return nil
}

func (t *tx) checkAccessConfig(inputs props) error {
	mode := orElse(inputs.str("accessConfig.authenticationMode"), modeConfigMap)
	bootstrap := inputs.get("accessConfig.bootstrapClusterCreatorAdminPermissions")
	if mode == modeConfigMap && bootstrap == false {
		return t.fail(invalidParameter, "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication "+
			"mode "+
			"is set to CONFIG_MAP")
	}
	return nil
}

// clusterSubnets are a cluster's subnets if the control plane can be placed in them.
func (t *tx) clusterSubnets(inputs props) ([]*record, error) {
	subnets, err := t.subnetsIn(inputs.strings("vpcConfig.subnetIds"))
	if err != nil {
		return nil, err
	}
	zones := zonesOf(subnets)
	for _, subnet := range subnets {
		where, _ := t.cloud.zoneNamed(subnet.str("availabilityZone"))
		if where.local {
			return nil, t.fail(invalidParameter, "Subnet %s is in Local Zone %s, in which EKS places no control plane.",
				subnet.ID, where.name)
		}
		if slices.Contains(zonesWithoutEKS, where.id) {
			return nil, t.fail("UnsupportedAvailabilityZoneException", "Cannot create cluster '%s' because %s, the targeted "+
				"availability zone, does not currently have sufficient capacity to support the cluster. Retry and choose from "+
				"these availability zones: %s", inputs.str("name"), where.name, strings.Join(t.zonesWithEKS(), ", "))
		}
		const needed = 6
		if free := t.freeAddresses(subnet); free < needed {
			return nil, t.fail(invalidParameter, "Subnet %s has %d free addresses; EKS needs at least %d.", subnet.ID, free,
				needed)
		}
	}
	if len(zones) < 2 {
		return nil, t.fail(invalidParameter, "Subnets specified must be in at least two different AZs")
	}
	vpc := t.lookup(typeVPC, subnets[0].str("vpcId"))
	if err := t.checkControlPlaneGroups(inputs, vpc.ID); err != nil {
		return nil, err
	}
	return subnets, t.checkServiceBlock(inputs.str("kubernetesNetworkConfig.serviceIpv4Cidr"), vpc.str("cidrBlock"))
}

func (t *tx) zonesWithEKS() []string {
	var names []string
	for _, z := range t.cloud.zones() {
		if !z.local && !slices.Contains(zonesWithoutEKS, z.id) {
			names = append(names, z.name)
		}
	}
	return names
}

// subnetsIn finds subnets, which must exist and lie in one VPC.
func (t *tx) subnetsIn(ids []string) ([]*record, error) {
	if len(ids) == 0 {
		return nil, t.fail(invalidParameter, "subnets can not be null or empty")
	}
	var subnets []*record
	for _, id := range ids {
		subnet := t.lookup(typeSubnet, id)
		if subnet == nil {
			return nil, t.fail(invalidParameter, "The subnet ID '%s' does not exist", id)
		}
		if len(subnets) > 0 && subnet.str("vpcId") != subnets[0].str("vpcId") {
			return nil, t.fail(invalidParameter, "Subnets specified must be in the same VPC: %s is not in %s", id,
				subnets[0].str("vpcId"))
		}
		subnets = append(subnets, subnet)
	}
	return subnets, nil
}

func zonesOf(subnets []*record) []string {
	zones := make([]string, 0, len(subnets))
	for _, subnet := range subnets {
		zones = append(zones, subnet.str("availabilityZone"))
	}
	slices.Sort(zones)
	return slices.Compact(zones)
}

func (t *tx) checkControlPlaneGroups(inputs props, vpcID string) error {
	const limit = 4
	groups := inputs.strings("vpcConfig.securityGroupIds")
	if len(groups) > limit {
		return t.fail(invalidParameter, "At most %d security groups are allowed, %d were given.", limit, len(groups))
	}
	for _, id := range groups {
		group := t.lookup(typeSecurityGroup, id)
		if group == nil {
			return t.fail(invalidParameter, noSuchGroup, id)
		}
		if group.str("vpcId") != vpcID {
			return t.fail(invalidParameter, "Security group %s is not in the VPC %s of the subnets", id, vpcID)
		}
	}
	return nil
}

var privateBlocks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

func (t *tx) checkServiceBlock(text, vpcBlock string) error {
	if text == "" {
		return nil
	}
	block, err := netip.ParsePrefix(text)
	inside := func(outer netip.Prefix) bool { return contains(outer, block) }
	if err != nil || block.Bits() < 12 || block.Bits() > 24 || !slices.ContainsFunc(privateBlocks, inside) {
		return t.fail(invalidParameter, "serviceIpv4Cidr %s must be a /12 to /24 block of 10.0.0.0/8, 172.16.0.0/12 or "+
			"192.168.0.0/16", text)
	}
	if block.Overlaps(netip.MustParsePrefix(vpcBlock)) {
		return t.fail(invalidParameter, "serviceIpv4Cidr %s overlaps with the VPC's CIDR block %s", text, vpcBlock)
	}
	return nil
}

// defaultServiceBlock is what EKS picks: the one of its two blocks that the VPC does not use.
func defaultServiceBlock(vpcBlock string) string {
	const first, second = "10.100.0.0/16", "172.20.0.0/16"
	if contains(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix(vpcBlock)) {
		return second
	}
	return first
}

func (t *tx) updateCluster(r *record, inputs props) error {
	if r.Status != statusActive {
		return t.fail(inUse, "Cluster %s is not in ACTIVE status but in %s.", r.ID, r.Status)
	}
	version := orElse(inputs.str("version"), r.str("version"))
	if before := r.str("version"); version != before {
		t.call = "UpdateClusterVersion"
		steps := numbersIn(version)
		if compareMinors(version, before) < 0 || len(steps) != 2 || steps[1]-numbersIn(before)[1] != 1 {
			return t.fail(invalidParameter, "Unsupported Kubernetes minor version update from %s to %s", before, version)
		}
	}
	if r.Inputs.has("encryptionConfig") {
		// EKS has no call for another key. The provider plans an update for one, and then calls nothing.
		inputs["encryptionConfig"] = r.Inputs["encryptionConfig"]
	}
	if err := t.checkCluster(inputs, version); err != nil {
		return err
	}
	subnets, err := t.subnetsIn(inputs.strings("vpcConfig.subnetIds"))
	if err != nil {
		return err
	}
	before, err := t.subnetsIn(r.strings("vpcConfig.subnetIds"))
	if err != nil {
		return err
	}
	if !slices.Equal(zonesOf(subnets), zonesOf(before)) || subnets[0].str("vpcId") != before[0].str("vpcId") {
		return t.fail(invalidParameter, "Provided subnets belong to the AZs '%s' of %s, but they must match those of the "+
			"cluster: '%s' of %s", strings.Join(zonesOf(subnets), ","), subnets[0].str("vpcId"),
			strings.Join(zonesOf(before), ","), before[0].str("vpcId"))
	}
	if err := t.checkControlPlaneGroups(inputs, subnets[0].str("vpcId")); err != nil {
		return err
	}
	if err := t.checkModeChange(r, inputs); err != nil {
		return err
	}
	r.set("version", version)
	t.computeCluster(r, inputs, r.str("vpcConfig.vpcId"), r.str("vpcConfig.clusterSecurityGroupId"))
	r.Inputs = inputs
	t.startLogging(r)
	return nil
}

func (t *tx) checkModeChange(r *record, inputs props) error {
	order := []string{modeConfigMap, modeAPIAndConfigMap, modeAPI}
	before := r.str("accessConfig.authenticationMode")
	after := orElse(inputs.str("accessConfig.authenticationMode"), before)
	if slices.Index(order, after) < slices.Index(order, before) {
		return t.fail(invalidParameter, "Unsupported authentication mode update from %s to %s", before, after)
	}
	return nil
}

// finishClusterUpdate lets the backend follow a new Kubernetes version. Everything else is the control plane's own.
func finishClusterUpdate(ctx context.Context, c *Cloud, recordKey string) error {
	upgrade := false
	c.store.look(func(a *account) {
		r := c.tx(a).at(recordKey)
		upgrade = r.str("version") != r.Facts.str("servedVersion")
	})
	if !upgrade {
		return nil
	}
	return finishCluster(ctx, c, recordKey)
}
