package aws_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// stack is what a whole GitOps cluster needs of AWS, made in order, so that single things can be left out or changed.
type stack struct {
	w      *world
	things map[string]*thing
	order  []string
}

// step is one resource of the stack.
type step struct {
	name, token string
	inputs      func(*stack) map[string]any
}

func (s *stack) id(name string) string         { return s.things[name].id }
func (s *stack) text(name, path string) string { return s.things[name].text(path) }
func (s *stack) remember(name string, created *thing) {
	s.things[name] = created
	s.order = append(s.order, name)
}

const (
	vpcType         = "aws:ec2/vpc:Vpc"
	igwType         = "aws:ec2/internetGateway:InternetGateway"
	defaultSGType   = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	subnetType      = "aws:ec2/subnet:Subnet"
	tableType       = "aws:ec2/routeTable:RouteTable"
	routeType       = "aws:ec2/route:Route"
	associationType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	eipType         = "aws:ec2/eip:Eip"
	natType         = "aws:ec2/natGateway:NatGateway"
	endpointType    = "aws:ec2/vpcEndpoint:VpcEndpoint"
	flowLogType     = "aws:ec2/flowLog:FlowLog"
	tagType         = "aws:ec2/tag:Tag"
	templateType    = "aws:ec2/launchTemplate:LaunchTemplate"
	sgType          = "aws:ec2/securityGroup:SecurityGroup"
	ruleType        = "aws:ec2/securityGroupRule:SecurityGroupRule"
	ingressType     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressType      = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	roleType        = "aws:iam/role:Role"
	rolePolicyType  = "aws:iam/rolePolicy:RolePolicy"
	policyType      = "aws:iam/policy:Policy"
	attachmentType  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	exclusiveType   = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	profileType     = "aws:iam/instanceProfile:InstanceProfile"
	oidcType        = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	keyType         = "aws:kms/key:Key"
	aliasType       = "aws:kms/alias:Alias"
	logGroupType    = "aws:cloudwatch/logGroup:LogGroup"
	objectType      = "aws:s3/bucketObjectv2:BucketObjectv2"
	clusterType     = "aws:eks/cluster:Cluster"
	nodeGroupType   = "aws:eks/nodeGroup:NodeGroup"
	addonType       = "aws:eks/addon:Addon"
	entryType       = "aws:eks/accessEntry:AccessEntry"
	accessType      = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	identityType    = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
)

func trust(service string, actions ...string) string {
	if len(actions) == 0 {
		actions = []string{"sts:AssumeRole"}
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},`+
		`"Action":["%s"]}]}`, service, strings.Join(actions, `","`))
}

const allowList = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`

// fixed are inputs that need nothing else. Each call gets a copy, because tests change them.
func fixed(inputs map[string]any) func(*stack) map[string]any { return with(inputs) }

// from is a value that another thing of the stack gives.
type from struct{ name, path string }

// with resolves the references to other things in inputs.
func with(inputs map[string]any) func(*stack) map[string]any {
	return func(s *stack) map[string]any { return resolve(s, inputs).(map[string]any) }
}

func resolve(s *stack, value any) any {
	switch value := value.(type) {
	case from:
		if value.path == "id" {
			return s.id(value.name)
		}
		return s.text(value.name, value.path)
	case []any:
		resolved := make([]any, len(value))
		for i := range value {
			resolved[i] = resolve(s, value[i])
		}
		return resolved
	case map[string]any:
		resolved := map[string]any{}
		for name := range value {
			resolved[name] = resolve(s, value[name])
		}
		return resolved
	}
	return value
}

func networkSteps() []step {
	vpcID := from{"vpc", "id"}
	steps := []step{
		{"vpc", vpcType, fixed(map[string]any{
			"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": map[string]any{"Name": "demo"},
		})},
		{"igw", igwType, with(map[string]any{"vpcId": vpcID})},
		{"default-sg", defaultSGType, with(map[string]any{"vpcId": vpcID})},
		{"public-table", tableType, with(map[string]any{"vpcId": vpcID})},
		{"public-route", routeType, with(map[string]any{
			"routeTableId": from{"public-table", "id"}, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": from{"igw", "id"},
		})},
	}
	for i, zone := range []string{"a", "b"} {
		public, private := fmt.Sprintf("public-%d", i), fmt.Sprintf("private-%d", i)
		steps = append(steps,
			step{public, subnetType, with(map[string]any{
				"vpcId": vpcID, "cidrBlock": fmt.Sprintf("10.0.%d.0/24", 96+i), "availabilityZone": region + zone,
				"mapPublicIpOnLaunch": true,
			})},
			step{public + "-association", associationType, with(map[string]any{
				"subnetId": from{public, "id"}, "routeTableId": from{"public-table", "id"},
			})},
			step{private, subnetType, with(map[string]any{
				"vpcId": vpcID, "cidrBlock": fmt.Sprintf("10.0.%d.0/20", 16*i), "availabilityZone": region + zone,
			})},
			step{private + "-table", tableType, with(map[string]any{"vpcId": vpcID})},
			step{private + "-association", associationType, with(map[string]any{
				"subnetId": from{private, "id"}, "routeTableId": from{private + "-table", "id"},
			})},
		)
	}
	steps = append(steps,
		step{"eip", eipType, fixed(map[string]any{"domain": "vpc"})},
		step{"nat", natType, with(map[string]any{"subnetId": from{"public-0", "id"}, "allocationId": from{"eip", "id"}})},
	)
	for i := range 2 {
		steps = append(steps, step{fmt.Sprintf("private-%d-route", i), routeType, with(map[string]any{
			"routeTableId": from{fmt.Sprintf("private-%d-table", i), "id"}, "destinationCidrBlock": "0.0.0.0/0",
			"natGatewayId": from{"nat", "id"},
		})})
	}
	return slices.Clip(steps) // so that tests that append to it do not write into each other's
}

func attach(role, policy string) step {
	return step{role + "-" + policy, attachmentType, with(map[string]any{
		"role": from{role, "id"}, "policyArn": "arn:aws:iam::aws:policy/" + policy,
	})}
}

func clusterSteps() []step {
	return []step{
		{"cluster-role", roleType, fixed(map[string]any{"name": "demo-cluster",
			"assumeRolePolicy": trust("eks.amazonaws.com")})},
		attach("cluster-role", "AmazonEKSClusterPolicy"),
		{"node-role", roleType, fixed(map[string]any{"name": "demo-node", "assumeRolePolicy": trust("ec2.amazonaws.com")})},
		attach("node-role", "AmazonEKSWorkerNodePolicy"),
		attach("node-role", "AmazonEC2ContainerRegistryPullOnly"),
		attach("node-role", "AmazonEKS_CNI_Policy"),
		{"key", keyType, fixed(map[string]any{"enableKeyRotation": true})},
		{"alias", aliasType, with(map[string]any{"name": "alias/demo", "targetKeyId": from{"key", "id"}})},
		{"log-group", logGroupType, fixed(map[string]any{"name": "/aws/eks/demo/cluster", "retentionInDays": 90})},
		{"cluster-sg", sgType, with(map[string]any{"vpcId": from{"vpc", "id"}})},
		{"cluster-sg-egress", ruleType, with(map[string]any{
			"type": "egress", "fromPort": 0, "toPort": 0, "protocol": "-1", "cidrBlocks": []any{"0.0.0.0/0"},
			"securityGroupId": from{"cluster-sg", "id"},
		})},
		{"cluster", clusterType, with(map[string]any{
			"name": "demo", "roleArn": from{"cluster-role", "arn"}, "version": "1.35", "bootstrapSelfManagedAddons": false,
			"enabledClusterLogTypes": []any{"audit", "api", "authenticator"},
			"vpcConfig": map[string]any{
				"subnetIds": []any{
					from{"public-0", "id"}, from{"public-1", "id"}, from{"private-0", "id"}, from{"private-1", "id"},
				},
				"securityGroupIds":      []any{from{"cluster-sg", "id"}},
				"endpointPrivateAccess": true, "endpointPublicAccess": true,
			},
			"accessConfig": map[string]any{
				"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": false,
			},
			"encryptionConfig": map[string]any{
				"provider": map[string]any{"keyArn": from{"key", "arn"}}, "resources": []any{"secrets"},
			},
			"upgradePolicy": map[string]any{"supportType": "STANDARD"},
			"tags":          map[string]any{"Name": "demo-eksCluster"},
		})},
		{"node-sg", sgType, with(map[string]any{"vpcId": from{"vpc", "id"}})},
		{"node-sg-self", ruleType, with(map[string]any{
			"type": "ingress", "fromPort": 0, "toPort": 0, "protocol": "-1", "self": true,
			"securityGroupId": from{"node-sg", "id"},
		})},
		{"node-sg-cluster", ruleType, with(map[string]any{
			"type": "ingress", "fromPort": 443, "toPort": 443, "protocol": "tcp",
			"securityGroupId": from{"node-sg", "id"}, "sourceSecurityGroupId": from{"cluster-sg", "id"},
		})},
		{"node-sg-in", ingressType, with(map[string]any{
			"securityGroupId": from{"node-sg", "id"}, "ipProtocol": "tcp", "fromPort": 80, "toPort": 80,
			"cidrIpv4": "10.0.0.0/16",
		})},
		{"node-sg-out", egressType, with(map[string]any{
			"securityGroupId": from{"node-sg", "id"}, "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0",
		})},
		{"node-entry", entryType, with(map[string]any{
			"clusterName": from{"cluster", "id"}, "principalArn": from{"node-role", "arn"}, "type": "EC2_LINUX",
		})},
		{"oidc", oidcType, with(map[string]any{
			"url": "https://oidc.eks.us-west-2.amazonaws.com/id/0123456789ABCDEF", "clientIdLists": []any{"sts.amazonaws.com"},
		})},
		{"admin-entry", entryType, with(map[string]any{
			"clusterName": from{"cluster", "id"}, "principalArn": "arn:aws:iam::" + account + ":user/administrator",
		})},
		{"admin-access", accessType, with(map[string]any{
			"clusterName": from{"cluster", "id"}, "principalArn": from{"admin-entry", "principalArn"},
			"policyArn":   "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
			"accessScope": map[string]any{"type": "cluster"},
		})},
	}
}

func addonStep(name string) step {
	return step{name, addonType, with(map[string]any{"clusterName": from{"cluster", "id"}, "addonName": name})}
}

func nodeSteps() []step {
	return []step{
		addonStep("vpc-cni"), addonStep("kube-proxy"), addonStep("eks-pod-identity-agent"),
		{"template", templateType, fixed(map[string]any{
			"blockDeviceMappings": []any{map[string]any{
				"deviceName": "/dev/xvda", "ebs": map[string]any{"volumeSize": 50, "volumeType": "gp3", "encrypted": "true"},
			}},
			"metadataOptions": map[string]any{"httpTokens": "required", "httpPutResponseHopLimit": 1},
		})},
		{"nodes", nodeGroupType, with(map[string]any{
			"clusterName": from{"cluster", "id"}, "nodeGroupName": "default", "nodeRoleArn": from{"node-role", "arn"},
			"subnetIds":      []any{from{"private-0", "id"}, from{"private-1", "id"}},
			"scalingConfig":  map[string]any{"minSize": 2, "desiredSize": 2, "maxSize": 4},
			"instanceTypes":  []any{"t3.medium"},
			"launchTemplate": map[string]any{"id": from{"template", "id"}, "version": "1"},
			"labels":         map[string]any{"team": "platform"},
			"taints":         []any{map[string]any{"key": "dedicated", "value": "x", "effect": "NO_SCHEDULE"}},
		})},
		addonStep("coredns"),
		{"identity-role", roleType, fixed(map[string]any{
			"assumeRolePolicy": trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
		})},
		{"identity-policy", rolePolicyType, with(map[string]any{"role": from{"identity-role", "id"}, "policy": allowList})},
		{"managed-policy", policyType, fixed(map[string]any{"policy": allowList})},
		{"managed-attachment", attachmentType, with(map[string]any{
			"role": from{"identity-role", "id"}, "policyArn": from{"managed-policy", "arn"},
		})},
		{"volumes-role", roleType, fixed(map[string]any{
			"assumeRolePolicy":    trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
			"forceDetachPolicies": true,
		})},
		{"volumes-policies", exclusiveType, with(map[string]any{
			"roleName":   from{"volumes-role", "id"},
			"policyArns": []any{"arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"},
		})},
		{"identity", identityType, with(map[string]any{
			"clusterName": from{"cluster", "id"}, "namespace": "flux-system", "serviceAccount": "source-controller",
			"roleArn": from{"identity-role", "arn"},
		})},
		{"profile", profileType, with(map[string]any{"role": from{"node-role", "id"}})},
		{"object", objectType, fixed(map[string]any{
			"bucket": aws.CatalogBucket, "key": "backstage/demo.yaml", "content": "a: 1", "contentType": "application/yaml",
		})},
	}
}

func allSteps() []step {
	return slices.Clip(slices.Concat(networkSteps(), clusterSteps(), nodeSteps(), endpointSteps(), flowLogSteps()))
}

// build makes the steps' resources. skip leaves some out.
func (w *world) build(steps []step, skip ...string) *stack {
	w.t.Helper()
	s := &stack{w: w, things: map[string]*thing{}}
	s.add(steps, skip...)
	return s
}

func (s *stack) add(steps []step, skip ...string) {
	s.w.t.Helper()
	for _, step := range steps {
		if !slices.Contains(skip, step.name) {
			s.remember(step.name, s.w.create(step.token, step.name, step.inputs(s)))
		}
	}
}

func (s *stack) destroy() {
	s.w.t.Helper()
	for _, name := range slices.Backward(s.order) {
		if err := s.w.remove(s.things[name]); err != nil {
			s.w.t.Fatalf("deleting %s: %v", name, err)
		}
	}
}
