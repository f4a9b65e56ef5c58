package aws_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// toCluster are the steps up to, and without, the cluster; withCluster those with it.
func toCluster() []step {
	steps := clusterSteps()
	before := slices.IndexFunc(steps, func(s step) bool { return s.name == "cluster" })
	return slices.Clip(slices.Concat(networkSteps(), steps[:before]))
}

func withCluster() []step { return slices.Clip(append(toCluster(), clusterStep())) }

func clusterStep() step {
	steps := clusterSteps()
	return steps[slices.IndexFunc(steps, func(s step) bool { return s.name == "cluster" })]
}

func subnetIn(name, zone, block string) step {
	return step{name, subnetType, with(map[string]any{
		"vpcId": from{"vpc", "id"}, "cidrBlock": block, "availabilityZone": zone,
	})}
}

func subnets(names ...string) map[string]any {
	ids := make([]any, 0, len(names))
	for _, name := range names {
		ids = append(ids, from{name, "id"})
	}
	return map[string]any{"vpcConfig": map[string]any{"subnetIds": ids}}
}

func TestClusterRules(t *testing.T) {
	t.Parallel()
	before := toCluster()
	creatingCluster := func(changes map[string]any) func(*stack) error {
		return creatingStep([]step{clusterStep()}, "cluster", changes)
	}
	refused := func(code string) string {
		return eksError("creating EKS Cluster (demo)", "CreateCluster", "400", code)
	}
	invalid := func(text string) string { return refused("InvalidParameterException: " + text) }
	otherVPC := step{"other", vpcType, fixed(map[string]any{"cidrBlock": "10.1.0.0/16"})}
	otherSubnet := step{"other-subnet", subnetType, with(map[string]any{
		"vpcId": from{"other", "id"}, "cidrBlock": "10.1.0.0/24", "availabilityZone": "us-west-2b",
	})}
	runRules(t, []rule{
		{
			name: "name twice", before: withCluster(), act: creatingCluster(nil),
			want: eksError("creating EKS Cluster (demo)", "CreateCluster", "409",
				"ResourceInUseException: Cluster already exists with name: demo"),
		},
		{
			name: "version without a server", before: before, act: creatingCluster(map[string]any{"version": "1.34"}),
			want: invalid("unsupported Kubernetes version: 1.34 (this local cloud has servers for 1.35)"),
		},
		{
			name: "no role", before: before,
			act: creatingCluster(map[string]any{"roleArn": "arn:aws:iam::123456789012:role/none"}),
			want: invalid("Role with arn: arn:aws:iam::123456789012:role/none, could not be assumed because it does not exist " +
				"or the trusted entity is not correct"),
		},
		{
			name: "role that EKS may not assume", before: before,
			act:  creatingCluster(map[string]any{"roleArn": from{"node-role", "arn"}}),
			want: invalid("Role with arn: {node-role.arn}, could not be assumed because the trusted entity is not correct"),
		},
		{
			name: "role without policy", before: before, skip: []string{"cluster-role-AmazonEKSClusterPolicy"},
			act: creatingCluster(nil),
			want: invalid("The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure " +
				"the following policies [arn:aws:iam::aws:policy/AmazonEKSClusterPolicy] are attached"),
		},
		{
			name: "one zone", before: before, act: creatingCluster(subnets("public-0", "private-0")),
			want: invalid("Subnets specified must be in at least two different AZs"),
		},
		{
			name: "no subnet", before: before,
			act:  creatingCluster(map[string]any{"vpcConfig": map[string]any{"subnetIds": []any{"subnet-0"}}}),
			want: invalid("The subnet ID 'subnet-0' does not exist"),
		},
		{
			name: "two VPCs", before: append(before, otherVPC, otherSubnet),
			act:  creatingCluster(subnets("public-0", "other-subnet")),
			want: invalid("Subnets specified must be in the same VPC: {other-subnet} is not in {vpc}"),
		},
		{
			name: "Local Zone", before: append(before, subnetIn("local", "us-west-2-lax-1a", "10.0.200.0/24")),
			act:  creatingCluster(subnets("public-0", "local")),
			want: invalid("Subnet {local} is in Local Zone us-west-2-lax-1a, in which EKS places no control plane."),
		},
		{
			name: "too few addresses", act: creatingCluster(subnets("public-0", "tiny")),
			before: append(before, subnetIn("tiny", "us-west-2b", "10.0.200.0/28"),
				// Six NAT gateways leave 5 of 11; a zone takes 5, so one of them is in another subnet's zone.
				step{"nat-1", natType, with(map[string]any{"subnetId": from{"tiny", "id"}, "connectivityType": "private"})},
				step{"nat-2", natType, with(map[string]any{"subnetId": from{"tiny", "id"}, "connectivityType": "private"})},
				step{"nat-3", natType, with(map[string]any{"subnetId": from{"tiny", "id"}, "connectivityType": "private"})},
				step{"nat-4", natType, with(map[string]any{"subnetId": from{"tiny", "id"}, "connectivityType": "private"})},
				step{"nat-5", natType, with(map[string]any{"subnetId": from{"tiny", "id"}, "connectivityType": "private"})},
				step{"first", clusterType, func(s *stack) map[string]any {
					inputs := clusterStep().inputs(s)
					change(inputs, map[string]any{"name": "first"})
					change(inputs, with(subnets("public-0", "tiny"))(s))
					return inputs
				}}),
			want: invalid("Subnet {tiny} has 5 free addresses; EKS needs at least 6."),
		},
		{
			name: "five security groups", before: before,
			act: creatingCluster(map[string]any{"vpcConfig": map[string]any{"securityGroupIds": []any{"a", "b", "c", "d",
				"e"}}}),
			want: invalid("At most 4 security groups are allowed, 5 were given."),
		},
		{
			name: "unknown security group", before: before,
			act:  creatingCluster(map[string]any{"vpcConfig": map[string]any{"securityGroupIds": []any{"sg-0"}}}),
			want: invalid("The security group 'sg-0' does not exist"),
		},
		{
			name: "another VPC's security group",
			before: append(before, otherVPC,
				step{"other-sg", sgType, with(map[string]any{"vpcId": from{"other", "id"}})}),
			act: creatingCluster(map[string]any{"vpcConfig": map[string]any{"securityGroupIds": []any{from{"other-sg",
				"id"}}}}),
			want: invalid("Security group {other-sg} is not in the VPC {vpc} of the subnets"),
		},
		{
			name: "no endpoint", before: before,
			act: creatingCluster(map[string]any{"vpcConfig": map[string]any{
				"endpointPublicAccess": false, "endpointPrivateAccess": false,
			}}),
			want: invalid("Private and public endpoint access cannot be false"),
		},
		{
			name: "private block as public access", before: before,
			act:  creatingCluster(map[string]any{"vpcConfig": map[string]any{"publicAccessCidrs": []any{"10.0.0.0/8"}}}),
			want: invalid("The following CIDRs are invalid in publicAccessCidrs: [10.0.0.0/8]"),
		},
		{
			name: "41 blocks", before: before,
			act: func(s *stack) error {
				blocks := make([]any, 0, 41)
				for i := range 41 {
					blocks = append(blocks, fmt.Sprintf("44.0.%d.0/24", i))
				}
				return creatingCluster(map[string]any{"vpcConfig": map[string]any{"publicAccessCidrs": blocks}})(s)
			},
			want: invalid("At most 40 publicAccessCidrs are allowed, 41 were given."),
		},
		{
			name: "service addresses inside the VPC", before: before,
			act:  creatingCluster(map[string]any{"kubernetesNetworkConfig": map[string]any{"serviceIpv4Cidr": "10.0.0.0/20"}}),
			want: invalid("serviceIpv4Cidr 10.0.0.0/20 overlaps with the VPC's CIDR block 10.0.0.0/16"),
		},
		{
			name: "public service addresses", before: before,
			act: creatingCluster(map[string]any{"kubernetesNetworkConfig": map[string]any{"serviceIpv4Cidr": "44.0.0.0/20"}}),
			want: invalid("serviceIpv4Cidr 44.0.0.0/20 must be a /12 to /24 block of 10.0.0.0/8, 172.16.0.0/12 or " +
				"192.168.0.0/16"),
		},
		{
			name: "unknown key", before: before,
			act: creatingCluster(map[string]any{"encryptionConfig": map[string]any{
				"provider": map[string]any{"keyArn": "arn:aws:kms:us-west-2:123456789012:key/none"},
			}}),
			want: invalid("Error while calling KMS DescribeKey for arn:aws:kms:us-west-2:123456789012:key/none: " +
				"NotFoundException: Key 'arn:aws:kms:us-west-2:123456789012:key/none' does not exist"),
		},
		{
			name:   "asymmetric key",
			before: append(before, step{"rsa", keyType, fixed(map[string]any{"customerMasterKeySpec": "RSA_2048"})}),
			act:    creatingCluster(encryptedWith(from{"rsa", "arn"})),
			want:   invalid("The key {rsa.arn} is of type RSA_2048, but it must be symmetric."),
		},
		{
			name: "key without a grant",
			before: append(before, step{"closed", keyType, fixed(map[string]any{
				"policy": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:Put*","kms:Describe*"],` +
					`"Resource":"*","Principal":{"AWS":"arn:aws:iam::` + account + `:root"}}}`,
			})}),
			act: creatingCluster(encryptedWith(from{"closed", "arn"})),
			want: invalid("Error while calling KMS CreateGrant for {closed.arn}: AccessDeniedException: " +
				"arn:aws:iam::123456789012:user/administrator is not authorized to perform kms:CreateGrant"),
		},
		{
			name: "disabled key", before: before,
			act: func(s *stack) error {
				return errors.Join(s.w.update(s.things["key"], map[string]any{"isEnabled": false}), creatingCluster(nil)(s))
			},
			want: invalid("Error while calling KMS DescribeKey for {key.arn}: DisabledException: {key.arn} is disabled."),
		},
		{
			name: "ConfigMap without its creator", before: before,
			act: creatingCluster(map[string]any{"accessConfig": map[string]any{"authenticationMode": "CONFIG_MAP"}}),
			want: invalid("bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to " +
				"CONFIG_MAP"),
		},
		{
			name: "tag of AWS's own", before: before, act: creatingCluster(map[string]any{"tags": map[string]any{"aws:x": "y"}}),
			want: invalid("Tag keys starting with 'aws:' are reserved for internal use and empty keys are not allowed: " +
				"\"aws:x\"."),
		},
		{
			name: "log group after a cluster that logs", before: withCluster(), skip: []string{"log-group"},
			act: creating(logGroupType, map[string]any{"name": "/aws/eks/demo/cluster"}),
			want: serviceError("CloudWatch Logs", "creating CloudWatch Logs Log Group (/aws/eks/demo/cluster)", "CreateLogGroup",
				"ResourceAlreadyExistsException: The specified log group already exists"),
		},
		{
			name: "downgrade", before: withCluster(), act: updating("cluster", map[string]any{"version": "1.34"}),
			want: eksError("updating EKS Cluster (demo)", "UpdateClusterVersion", "400",
				"InvalidParameterException: Unsupported Kubernetes minor version update from 1.35 to 1.34"),
		},
		{
			name: "two minors at once", before: withCluster(), act: updating("cluster", map[string]any{"version": "1.37"}),
			want: eksError("updating EKS Cluster (demo)", "UpdateClusterVersion", "400",
				"InvalidParameterException: Unsupported Kubernetes minor version update from 1.35 to 1.37"),
		},
		{
			name: "upgrade without a server", before: withCluster(), act: updating("cluster", map[string]any{"version": "1.36"}),
			want: eksError("updating EKS Cluster (demo)", "UpdateClusterVersion", "400", "InvalidParameterException: "+
				"unsupported Kubernetes version: 1.36 (this local cloud has servers for 1.35)"),
		},
		{
			name: "back to the ConfigMap", before: withCluster(),
			act: updating("cluster", map[string]any{"accessConfig": map[string]any{
				"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": false,
			}}),
			want: eksError("updating EKS Cluster (demo)", "UpdateClusterConfig", "400",
				"InvalidParameterException: Unsupported authentication mode update from API to API_AND_CONFIG_MAP"),
		},
		{
			name: "other zones", before: append(withCluster(), subnetIn("third", "us-west-2c", "10.0.200.0/24")),
			act: updating("cluster", map[string]any{"vpcConfig": map[string]any{
				"subnetIds": []any{from{"public-0", "id"}, from{"third", "id"}}, "endpointPublicAccess": true,
			}}),
			want: eksError("updating EKS Cluster (demo)", "UpdateClusterConfig", "400", "InvalidParameterException: Provided "+
				"subnets belong to the AZs 'us-west-2a,us-west-2c' of {vpc}, but they must match those of the cluster: "+
				"'us-west-2a,us-west-2b' of {vpc}"),
		},
	})
}

// EKS places no control plane in some zones. They are known by id, because names differ between accounts.
func TestClusterRefusedZone(t *testing.T) {
	t.Parallel()
	w := newWorldIn(t, "us-east-1")
	s := w.build([]step{
		networkSteps()[0],
		subnetIn("good", "us-east-1a", "10.0.0.0/24"), subnetIn("bad", "us-east-1e", "10.0.1.0/24"),
		{"role", roleType, fixed(map[string]any{"name": "r", "assumeRolePolicy": trust("eks.amazonaws.com")})},
		attach("role", "AmazonEKSClusterPolicy"),
	})
	_, err := w.try(clusterType, "cluster", with(map[string]any{
		"name": "demo", "roleArn": from{"role", "arn"},
		"vpcConfig": map[string]any{"subnetIds": []any{from{"good", "id"}, from{"bad", "id"}}},
	})(s))
	want := eksError("creating EKS Cluster (demo)", "CreateCluster", "400",
		"UnsupportedAvailabilityZoneException: Cannot "+
			"create cluster 'demo' because us-east-1e, the targeted availability zone, does not currently have sufficient "+
			"capacity to support the cluster. Retry and choose from these availability zones: us-east-1a, us-east-1b, "+
			"us-east-1c, "+
			"us-east-1d, us-east-1f")
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func encryptedWith(key any) map[string]any {
	return map[string]any{"encryptionConfig": map[string]any{
		"provider": map[string]any{"keyArn": key}, "resources": []any{"secrets"},
	}}
}
