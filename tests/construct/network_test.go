package construct

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
)

const otherResource = "urn:pulumi:dev::project::pkg:index:Other::other"

// inputs makes inputs of GitOpsCluster with the given network and other properties, and an artifact that is there.
func inputs(t *testing.T, network map[string]any, others map[string]any) map[string]property.Value {
	t.Helper()
	all := map[string]any{
		"flux":    map[string]any{"artifact": artifact(t), "registry": "mirror.acme.internal/fluxcd"},
		"network": network,
	}
	maps.Copy(all, others)
	return plain(all).AsMap().AsMap()
}

// endpoints are those that nodes need where there is no way to the internet.
func endpoints() []any { return []any{"s3", "ec2", "ecr-api", "ecr-dkr", "eks-auth", "sts"} }

func isolated() map[string]any {
	return map[string]any{"natGateways": map[string]any{"strategy": "None"}, "vpcEndpoints": endpoints()}
}

func TestNetworkTree(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind   string
		inputs map[string]property.Value
	}{
		"private cluster": {kind: "GitOpsCluster", inputs: inputs(t, isolated(), map[string]any{
			"endpoint": map[string]any{"publicAccess": false},
			"sync":     map[string]any{"url": "https://git.acme.internal/platform/fleet"},
		})},
		"existing VPC": {kind: "GitOpsCluster", inputs: inputs(t, map[string]any{
			"vpcId": unknown, "privateSubnetIds": unknown, "publicSubnetIds": unknown, "controlPlaneSubnetIds": unknown,
		}, nil)},
		"existing VPC with subnets to tag": {kind: "GitOpsCluster", inputs: inputs(t, map[string]any{
			"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": []any{unknown, unknown, "subnet-0000000a"},
			"publicSubnetIds": []any{unknown}, "tagSubnets": true,
		}, nil)},
		"network with NAT gateways on given addresses": {kind: "Network", inputs: plain(map[string]any{
			"natGateways": map[string]any{"strategy": "OnePerAz", "elasticIpAllocationIds": unknown}, "tags": unknown,
		}).AsMap().AsMap()},
		"network with flow logs and endpoints": {kind: "Network", inputs: plain(map[string]any{
			"numberOfAvailabilityZones": 2, "flowLogs": map[string]any{}, "vpcEndpoints": []any{"s3", "dynamodb", "logs"},
		}).AsMap().AsMap()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, test.kind, "prod", test.inputs)
			if err != nil {
				t.Fatal(err)
			}
			goldenTree(t, name, recorded)
		})
	}
}

// find returns the resource of a type and a name that was registered.
func (r *recording) find(t *testing.T, kind, name string) integration.MockResourceArgs {
	t.Helper()
	for _, registered := range r.resources {
		if string(registered.TypeToken) == kind && registered.Name == name {
			return registered
		}
	}
	t.Fatalf("no %s %s was registered", kind, name)
	return integration.MockResourceArgs{}
}

// dependencies lists what a resource waits for, in the form "type name".
func dependencies(registered integration.MockResourceArgs) []string {
	var names []string
	for _, dependency := range registered.RegisterRPC.GetDependencies() {
		urn := resource.URN(dependency)
		names = append(names, string(urn.Type())+" "+urn.Name())
	}
	return names
}

// TestNodesWaitForTheirWay proves that nodes come after what they need to join, and only after that.
func TestNodesWaitForTheirWay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		network        map[string]any
		want, unwanted []string
	}{
		"a NAT gateway and endpoints": {
			network:  map[string]any{"vpcEndpoints": []any{"s3", "logs"}},
			want:     []string{"aws:ec2/route:Route prod-private-2", associationType + " prod-private-2"},
			unwanted: []string{endpointType + " prod-s3", endpointType + " prod-logs"},
		},
		"endpoints alone": {
			network: isolated(),
			want: []string{
				endpointType + " prod-s3", endpointType + " prod-ec2", endpointType + " prod-ecr-api",
				endpointType + " prod-ecr-dkr", associationType + " prod-private-0",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, "GitOpsCluster", "prod", inputs(t, test.network, nil))
			if err != nil {
				t.Fatal(err)
			}
			got := dependencies(recorded.find(t, "aws:eks/nodeGroup:NodeGroup", "prod-default"))
			for _, name := range test.want {
				if !slices.Contains(got, name) {
					t.Errorf("nodes do not wait for %s, only for %v", name, got)
				}
			}
			for _, name := range test.unwanted {
				if slices.Contains(got, name) {
					t.Errorf("nodes wait for %s, which they do not need", name)
				}
			}
		})
	}
}

const (
	endpointType    = "aws:ec2/vpcEndpoint:VpcEndpoint"
	associationType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
)

// TestEndpoints looks at what endpoints are given: routes or interfaces, private DNS, and who may talk to them.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "Network", "prod", plain(map[string]any{
		"numberOfAvailabilityZones": 2, "vpcEndpoints": []any{"s3", "ecr-api"}, "cidrBlock": "10.1.0.0/16",
	}).AsMap().AsMap())
	if err != nil {
		t.Fatal(err)
	}
	gateway := recorded.find(t, endpointType, "prod-s3").Inputs
	card := recorded.find(t, endpointType, "prod-ecr-api").Inputs
	rule := recorded.find(t, "aws:ec2/securityGroup:SecurityGroup", "prod-endpoints").Inputs.Get("ingress")
	for what, values := range map[string][2]property.Value{
		"type of s3":         {gateway.Get("vpcEndpointType"), property.New("Gateway")},
		"service of s3":      {gateway.Get("serviceName"), property.New("com.amazonaws.us-west-2.s3")},
		"private DNS of s3":  {gateway.Get("privateDnsEnabled"), property.New(property.Null)},
		"subnets of s3":      {gateway.Get("subnetIds"), property.New(property.Null)},
		"type of ecr-api":    {card.Get("vpcEndpointType"), property.New("Interface")},
		"service of ecr-api": {card.Get("serviceName"), property.New("com.amazonaws.us-west-2.ecr.api")},
		"private DNS of it":  {card.Get("privateDnsEnabled"), property.New(true)},
		"route tables of it": {card.Get("routeTableIds"), property.New(property.Null)},
		"who may talk to it": {rule, plain([]any{map[string]any{
			"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": []any{"10.1.0.0/16"},
			"description": "HTTPS from the VPC",
		}})},
	} {
		if got, want := open(values[0]), values[1]; !got.Equals(want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	for what, list := range map[string]property.Value{
		"route tables of s3": gateway.Get("routeTableIds"), "subnets of ecr-api": card.Get("subnetIds"),
		"security groups of ecr-api": card.Get("securityGroupIds"),
	} {
		if list.IsNull() {
			t.Errorf("there are no %s", what)
		}
	}
}

// open is a value without its marks, for comparing.
func open(value property.Value) property.Value {
	switch {
	case value.IsArray():
		elements := make([]property.Value, 0, value.AsArray().Len())
		for _, element := range value.AsArray().All {
			elements = append(elements, open(element))
		}
		return property.New(property.NewArray(elements))
	case value.IsMap():
		entries := map[string]property.Value{}
		for name, entry := range value.AsMap().All {
			entries[name] = open(entry)
		}
		return object(entries)
	}
	return value.WithSecret(false).WithDependencies(nil)
}

// TestMoreZonesOnlyAdd grows a network and a cluster from two zones to three: nothing that there was changes its
// inputs, but for the lists that say where something is. Those of a control plane must not change: EKS refuses new
// zones.
func TestMoreZonesOnlyAdd(t *testing.T) {
	t.Parallel()
	flux := map[string]any{"artifact": artifact(t)}
	tests := map[string]struct {
		kind   string
		inputs func(zones int) map[string]any
		// grows are the properties that may get longer, by type.
		grows map[string]string
	}{
		"network": {
			kind: "Network", inputs: func(zones int) map[string]any {
				return map[string]any{
					"numberOfAvailabilityZones": zones, "natGateways": map[string]any{"strategy": "OnePerAz"},
					"flowLogs": map[string]any{},
				}
			},
		},
		"network with endpoints": {
			kind: "Network", inputs: func(zones int) map[string]any {
				return map[string]any{"numberOfAvailabilityZones": zones, "vpcEndpoints": []any{"s3", "ec2"}}
			},
			grows: map[string]string{endpointType: "subnetIds routeTableIds"},
		},
		"cluster": {
			kind: "GitOpsCluster", inputs: func(zones int) map[string]any {
				return map[string]any{"network": map[string]any{"numberOfAvailabilityZones": zones}, "flux": flux}
			},
			// What a placement is given grows; the mock gives all of it on to the group, [TestPlacement] shows that the
			// real one does not.
			grows: map[string]string{
				"gitops-cluster:index:NodeGroupPlacement": "subnetIds", "aws:eks/nodeGroup:NodeGroup": "subnetIds",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			register := func(zones int) *recording {
				recorded, _, err := construct(t, test.kind, "prod", plain(test.inputs(zones)).AsMap().AsMap())
				if err != nil {
					t.Fatal(err)
				}
				return recorded
			}
			before, after := register(2), register(3)
			for _, old := range before.resources {
				if old.Name == "prod" && string(old.TypeToken) == provider.Name+":index:"+test.kind {
					continue // its own inputs are what changed
				}
				grown := after.find(t, string(old.TypeToken), old.Name)
				for property, value := range old.Inputs.All {
					if slices.Contains(strings.Fields(test.grows[string(old.TypeToken)]), property) {
						continue
					}
					if diff := cmp.Diff(text(value), text(grown.Inputs.Get(property))); diff != "" {
						t.Errorf("%s of %s %s (-two zones +three):\n%s", property, old.TypeToken, old.Name, diff)
					}
				}
			}
			if len(after.resources) <= len(before.resources) {
				t.Errorf("the third zone added nothing: %d resources, then %d", len(before.resources), len(after.resources))
			}
		})
	}
}

// text spells a value out for comparing. The URLs of a test's registry differ between two of them.
func text(value property.Value) string { return open(value).GoString() }

// TestExistingVpc looks at what is known of a VPC that others made, and at what is not.
func TestExistingVpc(t *testing.T) {
	t.Parallel()
	recorded, response, err := construct(t, "GitOpsCluster", "prod", inputs(t, map[string]any{
		"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": []any{"subnet-0000000b", "subnet-0000000a"},
		"tagSubnets": true,
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"vpcId": "vpc-0123456789abcdef0", "vpcCidrBlock": "10.9.0.0/16",
		"privateSubnetIds": []any{"subnet-0000000b", "subnet-0000000a"}, "publicSubnetIds": []any{},
		"availabilityZones": []any{"us-west-2b", "us-west-2a"}, "publicRouteTableId": "", "privateRouteTableIds": []any{},
		"natPublicIps": []any{},
	}
	for name, value := range want {
		if got := open(response.State.Get(name)); !got.Equals(plain(value)) {
			t.Errorf("output %s: got %v, want %v", name, got, value)
		}
	}
	got := dependencies(recorded.find(t, "gitops-cluster:index:GitOpsTeardown", "prod"))
	for _, tag := range []string{"aws:ec2/tag:Tag prod-private-0", "aws:ec2/tag:Tag prod-private-1"} {
		if !slices.Contains(got, tag) {
			t.Errorf("the teardown does not outlive %s, only %v", tag, got)
		}
	}
}

// TestExistingVpcWithoutNames fails before a cluster would be made whose nodes cannot register.
func TestExistingVpcWithoutNames(t *testing.T) {
	t.Parallel()
	_, _, err := construct(t, "GitOpsCluster", "prod", inputs(t, map[string]any{
		"vpcId": vpcWithoutNames, "privateSubnetIds": unknown,
	}, nil))
	want := "DNS support and DNS hostnames of network.vpcId vpc-00000000 must both be on"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

// TestProviderThatCannotBeAsked previews with an aws provider whose role comes from the same program: Pulumi then
// answers in its place, with nothing.
func TestProviderThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	silent := func(integration.MockCallArgs) (property.Map, error) { return property.Map{}, nil }
	for name, test := range map[string]map[string]any{
		"new VPC":      {"vpcEndpoints": endpoints(), "flowLogs": map[string]any{}},
		"existing VPC": {"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": []any{"subnet-0000000a", "subnet-0000000b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := constructOn(t, &recording{}, silent, "GitOpsCluster", "prod", inputs(t, test, nil))
			if err != nil {
				t.Fatal(err)
			}
			if vpc := response.State.Get("vpcId"); vpc.IsNull() {
				t.Error("the preview has no VPC")
			}
		})
	}
}

func TestNetworkRefused(t *testing.T) {
	t.Parallel()
	none := map[string]any{"strategy": "None"}
	existing := map[string]any{"vpcId": unknown, "privateSubnetIds": unknown}
	with := func(base, more map[string]any) map[string]any {
		all := maps.Clone(base)
		maps.Copy(all, more)
		return all
	}
	cluster := func(network map[string]any) map[string]any { return map[string]any{"network": network} }
	const (
		describes = " describes a new VPC and cannot be given together with vpcId; remove it, or remove vpcId for a new VPC"
		belongs   = " belongs to an existing VPC; give vpcId too, or remove it for a new VPC"
		why       = "because with natGateways.strategy None nodes have no way to the internet"
		length    = " must be a list of known length, because tagSubnets makes a tag for each subnet; it was given as an " +
			"output. List the ids one by one, each of which may be an output"
	)
	output := plain([]any{"subnet-0000000a", "subnet-0000000b"}).
		WithDependencies([]resource.URN{otherResource})
	tests := map[string]struct {
		kind  string
		given map[string]any
		want  []string
	}{
		"a public artifact and repository, and no endpoints": {
			given: map[string]any{
				"network": map[string]any{"natGateways": none}, "endpoint": map[string]any{"privateAccess": false},
				"sync": map[string]any{"url": "https://GitHub.com/acme/fleet"},
			},
			want: []string{
				"endpoint.privateAccess: must be true, " + why + ", on which the public address of the API is; leave it out",
				"flux.artifact.url: must be reachable inside the VPC, " + why + "; got an address at ghcr.io, copy the " +
					"artifact to a registry inside, such as one of ECR, and give its address",
				"flux.registry: must be reachable inside the VPC, " + why + "; got an address at ghcr.io, copy the images of " +
					"Flux's controllers to a registry inside and give its address",
				"network.vpcEndpoints: must hold ec2, ecr-api, ecr-dkr, eks-auth, s3, sts too, " + why + "; add them, or use " +
					"strategy Single",
				"sync.url: must be reachable inside the VPC, " + why + "; got an address at github.com, give the address of a " +
					"server inside",
			},
		},
		"an endpoint too few": {
			given: map[string]any{
				"network": map[string]any{"natGateways": none, "vpcEndpoints": endpoints()[1:]},
				"flux": map[string]any{
					"artifact": map[string]any{"url": "oci://mirror.acme.internal/flux-manifests"},
					"registry": "mirror.acme.internal/fluxcd",
				},
				"sync": map[string]any{"url": unknown},
			},
			want: []string{"network.vpcEndpoints: must hold s3 too, " + why + "; add them, or use strategy Single"},
		},
		"a service that there is not": {
			kind: "Network", given: map[string]any{"vpcEndpoints": []any{"ecr"}},
			want: []string{`vpcEndpoints[0]: must be one of autoscaling, dynamodb, ec2, ec2messages, ecr-api, ecr-dkr, eks, ` +
				`eks-auth, elasticfilesystem, elasticloadbalancing, kms, logs, monitoring, s3, secretsmanager, sqs, ssm, ` +
				`ssmmessages, sts; got "ecr"`},
		},
		"addresses without NAT gateways": {
			kind:  "Network",
			given: map[string]any{"natGateways": with(none, map[string]any{"elasticIpAllocationIds": unknown})},
			want: []string{"natGateways.elasticIpAllocationIds: cannot be given without NAT gateways; remove it, or use " +
				"strategy Single or OnePerAz"},
		},
		"too few addresses": {
			given: cluster(map[string]any{"natGateways": map[string]any{
				"strategy": "OnePerAz", "elasticIpAllocationIds": []any{unknown, "eipalloc-0123456789abcdef0"},
			}}),
			want: []string{"network.natGateways.elasticIpAllocationIds: must hold one id for each NAT gateway; got 2 for 3 " +
				"(strategy OnePerAz in 3 zones)"},
		},
		"addresses that are none": {
			kind:  "Network",
			given: map[string]any{"natGateways": map[string]any{"elasticIpAllocationIds": []any{"203.0.113.1"}}},
			want: []string{`natGateways.elasticIpAllocationIds[0]: must be an allocation id such as ` +
				`eipalloc-0123456789abcdef0; got "203.0.113.1"`},
		},
		"one address twice": {
			kind: "Network",
			given: map[string]any{"numberOfAvailabilityZones": 2, "natGateways": map[string]any{
				"strategy": "OnePerAz", "elasticIpAllocationIds": []any{"eipalloc-00000001", "eipalloc-00000001"},
			}},
			want: []string{`natGateways.elasticIpAllocationIds[1]: is given twice; remove one "eipalloc-00000001"`},
		},
		"an existing and a new VPC": {
			given: cluster(with(existing, map[string]any{
				"cidrBlock": "10.0.0.0/8", "numberOfAvailabilityZones": 1, "availabilityZoneNames": []any{"a"},
				"natGateways": none, "vpcEndpoints": []any{}, "flowLogs": map[string]any{},
			})),
			want: []string{
				"network.availabilityZoneNames:" + describes, "network.cidrBlock:" + describes, "network.flowLogs:" + describes,
				"network.natGateways:" + describes, "network.numberOfAvailabilityZones:" + describes,
				"network.vpcEndpoints:" + describes,
			},
		},
		"subnets without a VPC": {
			given: cluster(map[string]any{
				"privateSubnetIds": unknown, "publicSubnetIds": unknown, "controlPlaneSubnetIds": unknown, "tagSubnets": false,
			}),
			want: []string{
				"network.controlPlaneSubnetIds:" + belongs, "network.privateSubnetIds:" + belongs,
				"network.publicSubnetIds:" + belongs, "network.tagSubnets:" + belongs,
			},
		},
		"a VPC without subnets": {
			given: cluster(map[string]any{"vpcId": "vpc-1"}),
			want: []string{
				"network.privateSubnetIds: is required together with vpcId: nodes are put into these subnets; give at least " +
					"two, in different availability zones",
				`network.vpcId: must be the id of a VPC such as vpc-0123456789abcdef0; got "vpc-1"`,
			},
		},
		"secrets, which an error must not name": {
			given: cluster(map[string]any{
				"vpcId": property.New("hidden").WithSecret(true), "publicSubnetIds": []any{property.New("hidden").WithSecret(true)},
				"privateSubnetIds": []any{property.New("hidden").WithSecret(true)},
			}),
			want: []string{"network.privateSubnetIds (not shown): must hold at least two ids of subnets in different " +
				"availability zones, as EKS asks for; got 1"},
		},
		"too few subnets, and what is none": {
			given: cluster(map[string]any{
				"vpcId": unknown, "privateSubnetIds": []any{unknown}, "controlPlaneSubnetIds": []any{},
				"publicSubnetIds": []any{"10.0.0.0/24", "subnet-0000000a", "subnet-0000000a"},
			}),
			want: []string{
				"network.controlPlaneSubnetIds: must hold at least two ids of subnets in different availability zones, as EKS " +
					"asks for; got 0",
				"network.privateSubnetIds: must hold at least two ids of subnets in different availability zones, as EKS asks " +
					"for; got 1",
				`network.publicSubnetIds[0]: must be the id of a subnet such as subnet-0123456789abcdef0; got "10.0.0.0/24"`,
				`network.publicSubnetIds[2]: is given twice; remove one "subnet-0000000a"`,
			},
		},
		"tags for nobody knows how many subnets": {
			given: cluster(map[string]any{
				"vpcId": unknown, "privateSubnetIds": unknown, "publicSubnetIds": output, "tagSubnets": true,
			}),
			want: []string{"network.privateSubnetIds:" + length, "network.publicSubnetIds:" + length},
		},
	}
	t.Run("a name too long for the role of flow logs", func(t *testing.T) {
		t.Parallel()
		name := strings.Repeat("n", 47)
		_, _, err := construct(t, "Network", name, plain(map[string]any{"flowLogs": map[string]any{}}).AsMap().AsMap())
		if found := propertyErrors(t, err); len(found) != 1 || !strings.HasPrefix(found[0], "flowLogs: ") ||
			!strings.Contains(found[0], "at most 46 characters") {
			t.Errorf("got %q", found)
		}
	})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := test.kind
			if kind == "" {
				kind = "GitOpsCluster"
			}
			if diff := cmp.Diff(test.want, refusal(t, kind, plain(test.given).AsMap().AsMap())); diff != "" {
				t.Errorf("property errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanNetwork(t *testing.T) {
	t.Parallel()
	server := serve(t)
	tests := map[string]struct {
		given, want map[string]any
		failures    []string
	}{
		"the default": {
			want: map[string]any{
				"cidrBlock": "10.0.0.0/16", "privateCidrBlocks": []any{"10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"},
				"publicCidrBlocks": []any{"10.0.96.0/24", "10.0.97.0/24", "10.0.98.0/24"}, "freeCidrBlock": "10.0.128.0/17",
				"nodeCapacity": 369,
			},
		},
		"a small one": {
			given: map[string]any{"cidrBlock": "192.168.16.0/20", "numberOfAvailabilityZones": 2, "maxNodes": 14},
			want: map[string]any{
				"cidrBlock": "192.168.16.0/20", "privateCidrBlocks": []any{"192.168.16.0/24", "192.168.17.0/24"},
				"publicCidrBlocks": []any{"192.168.22.0/28", "192.168.22.16/28"}, "freeCidrBlock": "192.168.24.0/21",
				"nodeCapacity": 14,
			},
		},
		"too many nodes": {
			given: map[string]any{"cidrBlock": "10.0.0.0/20", "maxNodes": 22},
			failures: []string{"maxNodes: 10.0.0.0/20 has addresses for 21 nodes in 3 zones (33 per node: its own and two " +
				"/28 prefixes for pods), but the node groups may grow to 22; use a /19 or larger, or fewer nodes"},
		},
		"all that can be wrong": {
			given: map[string]any{"cidrBlock": "10.0.0.0/26", "numberOfAvailabilityZones": 7},
			failures: []string{
				`cidrBlock: must be from /16 to /20, so that every zone has room for nodes and pods; got "10.0.0.0/26", use ` +
					`for example "10.0.0.0/16"`,
				"numberOfAvailabilityZones: must be from 2 to 6, because EKS needs two zones and no region has more than six; " +
					"got 7",
			},
		},
		"what is not asked": {
			given: map[string]any{"cidr": "10.0.0.0/16", "maxNodes": "many"},
			failures: []string{
				"cidr: is not an input; there are cidrBlock, numberOfAvailabilityZones, maxNodes",
				"maxNodes: must be a whole number; got a string",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := server.Invoke(p.InvokeRequest{
				Token: tokens.Type(provider.Name + ":index:planNetwork"), Args: plain(test.given).AsMap(),
			})
			if err != nil {
				t.Fatal(err)
			}
			var failures []string
			for _, failure := range response.Failures {
				failures = append(failures, failure.Property+": "+failure.Reason)
			}
			if diff := cmp.Diff(test.failures, failures); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			if want := plain(test.want); test.want != nil && !property.New(response.Return).Equals(want) {
				t.Errorf("plan: got %v, want %v", response.Return, want)
			}
		})
	}
}
