package construct

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// plain makes a property value of what JSON is made of.
func plain(from any) property.Value {
	switch from := from.(type) {
	case property.Value:
		return from
	case string:
		return property.New(from)
	case bool:
		return property.New(from)
	case int:
		return property.New(float64(from))
	case []any:
		elements := make([]property.Value, len(from))
		for i := range from {
			elements[i] = plain(from[i])
		}
		return property.New(property.NewArray(elements))
	case map[string]any:
		entries := map[string]property.Value{}
		for name, value := range from {
			entries[name] = plain(value)
		}
		return object(entries)
	}
	return property.Value{}
}

// unknown is an output of another resource that is not known yet.
var unknown = property.New(property.Computed).WithDependencies([]urn.URN{
	"urn:pulumi:dev::project::aws:iam/policy:Policy::other",
})

// withFlux adds what every program here needs.
func withFlux(t *testing.T, inputs map[string]any) map[string]property.Value {
	t.Helper()
	all := map[string]property.Value{"flux": object(map[string]property.Value{"artifact": artifact(t)})}
	for name, value := range inputs {
		all[name] = plain(value)
	}
	return all
}

// programs use what there is for nodes, add-ons and identities.
var programs = map[string]map[string]any{
	"spot, Arm and taints": {"nodeGroups": map[string]any{
		"system": map[string]any{},
		"arm": map[string]any{
			"instanceTypes": []any{"m7g.large", "m6g.large"}, "capacityType": "SPOT", "minSize": 0, "desiredSize": 1,
			"labels": map[string]any{"tier": "batch"}, "diskSize": 100, "maxUnavailablePercentage": 50,
			"taints": []any{map[string]any{"key": "batch", "value": "true", "effect": "NO_SCHEDULE"}},
		},
		"bottlerocket": map[string]any{
			"amiType": "BOTTLEROCKET_x86_64", "policyArns": []any{"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
		},
	}},
	"all presets": {"workloadIdentities": map[string]any{
		"autoscaler": map[string]any{"preset": "ClusterAutoscaler"},
		"certs":      map[string]any{"preset": "CertManager"},
		"charts":     map[string]any{"preset": "FluxRegistry"},
		"dns":        map[string]any{"preset": "ExternalDns"},
		"ingress":    map[string]any{"preset": "AwsLoadBalancerController"},
		"secrets":    map[string]any{"preset": "ExternalSecrets", "policy": somePolicy},
		"sops":       map[string]any{"preset": "FluxDecryption"},
	}},
	"identities by the issuer": {"workloadIdentities": map[string]any{
		"app": map[string]any{
			"namespace": "apps", "serviceAccount": "app", "mode": "Irsa", "policy": somePolicy,
			"policyArns": []any{"arn:aws:iam::123456789012:policy/app"},
		},
	}},
	"other add-ons": {"addons": map[string]any{
		"aws-ebs-csi-driver": map[string]any{"enabled": false},
		"coredns": map[string]any{
			"version": "v1.14.3-eksbuild.11", "configuration": map[string]any{"replicaCount": 3}, "resolveConflicts": "NONE",
		},
		"metrics-server": map[string]any{},
		"vpc-cni":        map[string]any{"configuration": map[string]any{"enableNetworkPolicy": "true"}},
	}},
}

const somePolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`

// TestTreeOfNodesAndIdentities is about identity: a child whose name or parent changes after a release is replaced, and
// what depends on it with it.
func TestTreeOfNodesAndIdentities(t *testing.T) {
	t.Parallel()
	for name, inputs := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, "GitOpsCluster", "prod", withFlux(t, inputs))
			if err != nil {
				t.Fatal(err)
			}
			goldenTree(t, name, recorded)
		})
	}
}

// named returns the inputs of the resource of that type and name.
func (r *recording) named(t *testing.T, kind, name string) property.Map {
	t.Helper()
	for _, registered := range r.resources {
		if strings.HasSuffix(string(registered.TypeToken), ":"+kind) && registered.Name == name {
			return registered.Inputs
		}
	}
	t.Fatalf("there is no %s called %s", kind, name)
	return property.Map{}
}

// bare is a value without marks, for comparing.
func bare(value property.Value) any {
	switch {
	case value.IsComputed():
		return "unknown"
	case value.IsString():
		return value.AsString()
	case value.IsBool():
		return value.AsBool()
	case value.IsNumber():
		return int(value.AsNumber())
	case value.IsArray():
		elements := []any{}
		for _, element := range value.AsArray().All {
			elements = append(elements, bare(element))
		}
		return elements
	case value.IsMap():
		entries := map[string]any{}
		for name, entry := range value.AsMap().All {
			entries[name] = bare(entry)
		}
		return entries
	}
	return nil
}

// TestInputsReachTheirResources proves what each optional input of nodes, add-ons and identities does.
func TestInputsReachTheirResources(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, inputs property.Map, want map[string]any) {
		t.Helper()
		got := map[string]any{}
		for name := range want {
			got[name] = bare(inputs.Get(name))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("inputs (-want +got):\n%s", diff)
		}
	}
	volume := func(device string, size any) map[string]any {
		ebs := map[string]any{"deleteOnTermination": "true", "encrypted": "true", "volumeType": "gp3"}
		if size != nil {
			ebs["volumeSize"] = size
		}
		return map[string]any{"deviceName": device, "ebs": ebs}
	}

	t.Run("nodes", func(t *testing.T) {
		t.Parallel()
		recorded, _, err := construct(t, "GitOpsCluster", "prod", withFlux(t, programs["spot, Arm and taints"]))
		if err != nil {
			t.Fatal(err)
		}
		check(t, recorded.named(t, "NodeGroup", "prod-arm"), map[string]any{
			"amiType": "AL2023_ARM_64_STANDARD", "capacityType": "SPOT", "instanceTypes": []any{"m7g.large", "m6g.large"},
			"labels":        map[string]any{"tier": "batch"},
			"taints":        []any{map[string]any{"key": "batch", "value": "true", "effect": "NO_SCHEDULE"}},
			"scalingConfig": map[string]any{"minSize": 0, "desiredSize": 1, "maxSize": 4},
			"updateConfig":  map[string]any{"maxUnavailablePercentage": 50},
		})
		check(t, recorded.named(t, "LaunchTemplate", "prod-arm"), map[string]any{
			"blockDeviceMappings": []any{volume("/dev/xvda", 100)},
		})
		check(t, recorded.named(t, "NodeGroup", "prod-system"), map[string]any{
			"amiType": "AL2023_x86_64_STANDARD", "capacityType": "ON_DEMAND", "instanceTypes": []any{"t3.medium"},
			"labels": nil, "taints": nil, "updateConfig": map[string]any{"maxUnavailablePercentage": 33},
		})
		check(t, recorded.named(t, "LaunchTemplate", "prod-bottlerocket"), map[string]any{
			"blockDeviceMappings": []any{volume("/dev/xvda", nil), volume("/dev/xvdb", 50)},
		})
		policy := "arn:aws:iam::aws:policy/"
		check(t, recorded.named(t, "RolePolicyAttachmentsExclusive", "prod-node-bottlerocket"), map[string]any{
			"policyArns": []any{
				policy + "AmazonEKSWorkerNodePolicy", policy + "AmazonEC2ContainerRegistryPullOnly",
				policy + "AmazonEKS_CNI_Policy", policy + "AmazonSSMManagedInstanceCore",
			},
		})
		check(t, recorded.named(t, "Role", "prod-node-bottlerocket"), map[string]any{"forceDetachPolicies": true})
	})
	t.Run("add-ons", func(t *testing.T) {
		t.Parallel()
		recorded, _, err := construct(t, "GitOpsCluster", "prod", withFlux(t, programs["other add-ons"]))
		if err != nil {
			t.Fatal(err)
		}
		check(t, recorded.named(t, "Addon", "prod-coredns"), map[string]any{
			"addonVersion": "v1.14.3-eksbuild.11", "configurationValues": `{"replicaCount":3}`,
			"resolveConflictsOnCreate": "NONE", "resolveConflictsOnUpdate": "NONE",
		})
		check(t, recorded.named(t, "Addon", "prod-vpc-cni"), map[string]any{
			// The version follows the cluster's, which is not known before there is a cluster.
			"addonVersion": "unknown",
			"configurationValues": `{"enableNetworkPolicy":"true","env":{"ENABLE_PREFIX_DELEGATION":"true",` +
				`"WARM_PREFIX_TARGET":"1"}}`,
			"resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "PRESERVE",
		})
		check(t, recorded.named(t, "Addon", "prod-metrics-server"), map[string]any{"configurationValues": nil})
	})
	t.Run("identities", func(t *testing.T) {
		t.Parallel()
		identities := maps.Clone(programs["all presets"]["workloadIdentities"].(map[string]any))
		maps.Copy(identities, programs["identities by the issuer"]["workloadIdentities"].(map[string]any))
		recorded, _, err := construct(t, "GitOpsCluster", "prod",
			withFlux(t, map[string]any{"workloadIdentities": identities}))
		if err != nil {
			t.Fatal(err)
		}
		// Known in a preview, so that a reviewer sees who gets which rights.
		check(t, recorded.named(t, "Role", "prod-dns"), map[string]any{"assumeRolePolicy": `{"Version":"2012-10-17",` +
			`"Statement":[{"Sid":"PodIdentity","Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":` +
			`["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"aws:RequestTag/eks-cluster-arn":` +
			`["arn:aws:eks:us-west-2:123456789012:cluster/prod-dev"],"aws:RequestTag/kubernetes-namespace":` +
			`["external-dns"],"aws:RequestTag/kubernetes-service-account":["external-dns"]}}}]}`})
		check(t, recorded.named(t, "RolePolicy", "prod-sops-preset"), map[string]any{"policy": `{"Version":"2012-10-17",` +
			`"Statement":[{"Sid":"Decrypt","Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":` +
			`["arn:aws:kms:us-west-2:123456789012:key/*"],"Condition":{"ForAnyValue:StringLike":{"kms:ResourceAliases":` +
			`["alias/prod-dev/*"]}}}]}`})
		check(t, recorded.named(t, "PodIdentityAssociation", "prod-dns"), map[string]any{
			"namespace": "external-dns", "serviceAccount": "external-dns", "roleArn": "unknown",
		})
		check(t, recorded.named(t, "RolePolicy", "prod-secrets"), map[string]any{"policy": somePolicy})
		check(t, recorded.named(t, "RolePolicyAttachmentsExclusive", "prod-app"), map[string]any{
			"policyArns": []any{"arn:aws:iam::123456789012:policy/app"},
		})
		check(t, recorded.named(t, "RolePolicyAttachmentsExclusive", "prod-ebs-csi"), map[string]any{
			"policyArns": []any{"arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"},
		})
	})
}

// TestSecretConfigurationStaysSecret plants a secret where pulumi itself would forget that it is one.
func TestSecretConfigurationStaysSecret(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "GitOpsCluster", "prod", withFlux(t, map[string]any{"addons": map[string]any{
		"coredns": map[string]any{"configuration": map[string]any{
			"podAnnotations": map[string]any{"token": property.New("hush").WithSecret(true)},
		}},
		"vpc-cni": map[string]any{"configuration": map[string]any{"eniConfig": map[string]any{"subnets": []any{unknown}}}},
	}}))
	if err != nil {
		t.Fatal(err)
	}
	values := recorded.named(t, "Addon", "prod-coredns").Get("configurationValues")
	if !values.Secret() || bare(values) != `{"podAnnotations":{"token":"hush"}}` {
		t.Errorf("the configuration is %#v", values)
	}
	if values := recorded.named(t, "Addon", "prod-vpc-cni").Get("configurationValues"); !values.IsComputed() {
		t.Errorf("a configuration with something unknown in it is %#v", values)
	}
}

// TestGroupsAreIndependent adds, removes and resizes a node group, and compares what is registered for all the others.
func TestGroupsAreIndependent(t *testing.T) {
	t.Parallel()
	flux := withFlux(t, nil)["flux"]
	register := func(groups map[string]any) map[string]property.Map {
		recorded, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
			"flux": flux, "nodeGroups": plain(groups),
		})
		if err != nil {
			t.Fatal(err)
		}
		inputs := map[string]property.Map{}
		for _, registered := range recorded.resources {
			parent := registered.RegisterRPC.GetParent()
			inputs[string(registered.TypeToken)+" "+registered.Name+" < "+parent] = registered.Inputs
		}
		return inputs
	}
	middle := map[string]any{"instanceTypes": []any{"m7g.large"}, "policyArns": []any{}}
	before := register(map[string]any{"a": map[string]any{}, "c": map[string]any{}})
	tests := map[string]struct {
		groups  map[string]any
		changed []string
	}{
		"added": {
			groups: map[string]any{"a": map[string]any{}, "b": middle, "c": map[string]any{}},
			changed: []string{
				"aws:ec2/launchTemplate:LaunchTemplate prod-b", "aws:eks/nodeGroup:NodeGroup prod-b",
				"aws:iam/role:Role prod-node-b",
				"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive prod-node-b",
				"gitops-cluster:index:NodeGroupPlacement prod-b",
			},
		},
		"removed": {
			groups: map[string]any{"c": map[string]any{}},
			changed: []string{
				"aws:ec2/launchTemplate:LaunchTemplate prod-a", "aws:eks/nodeGroup:NodeGroup prod-a",
				"gitops-cluster:index:NodeGroupPlacement prod-a",
			},
		},
		"resized": {
			groups:  map[string]any{"a": map[string]any{"minSize": 3}, "c": map[string]any{}},
			changed: []string{"aws:eks/nodeGroup:NodeGroup prod-a"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := register(test.groups)
			var changed []string
			all := maps.Clone(before)
			maps.Copy(all, after)
			for _, key := range slices.Sorted(maps.Keys(all)) {
				was, had := before[key]
				is, has := after[key]
				if had != has || !was.Equals(is) {
					what, _, _ := strings.Cut(key, " < ")
					changed = append(changed, what)
				}
			}
			if diff := cmp.Diff(test.changed, changed); diff != "" {
				t.Errorf("what changes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnknownEverywhere previews with every input unknown that may be.
func TestUnknownEverywhere(t *testing.T) {
	t.Parallel()
	_, _, err := construct(t, "GitOpsCluster", "demo", withFlux(t, map[string]any{
		"version": unknown, "tags": unknown,
		"nodeGroups": map[string]any{
			"a": map[string]any{
				"labels": unknown, "policyArns": unknown,
				"taints": []any{map[string]any{"key": unknown, "value": unknown, "effect": "PREFER_NO_SCHEDULE"}},
			},
			"b": map[string]any{"labels": map[string]any{"x": unknown}, "policyArns": []any{unknown}},
		},
		"addons": map[string]any{
			"coredns": map[string]any{"version": unknown, "configuration": unknown},
			"vpc-cni": map[string]any{"configuration": map[string]any{"env": map[string]any{"A": unknown}}},
		},
		"workloadIdentities": map[string]any{
			"a": map[string]any{"namespace": "a", "serviceAccount": "a", "policy": unknown, "policyArns": unknown},
			"b": map[string]any{"preset": "ExternalDns", "mode": "Irsa", "policyArns": []any{unknown}},
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// untagged are the types of AWS's that cannot carry tags.
var untagged = map[string]string{
	"aws:ec2/route:Route": "is a part of its table",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":                   "is a relation",
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation":               "is a relation",
	"aws:iam/rolePolicy:RolePolicy":                                         "is a part of its role",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                     "is a relation",
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "is a list of relations",
	"aws:kms/alias:Alias":                                                   "is another name of its key",
}

// TestTags proves that the user's tags are on everything that can carry them.
func TestTags(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{
		"tags":    map[string]any{"team": "platform"},
		"network": map[string]any{"vpcEndpoints": []any{"s3", "ec2"}, "flowLogs": map[string]any{}},
	}
	for _, name := range []string{"spot, Arm and taints", "all presets"} {
		maps.Copy(inputs, programs[name])
	}
	recorded, _, err := construct(t, "GitOpsCluster", "prod", withFlux(t, inputs))
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, registered := range recorded.resources {
		kind := string(registered.TypeToken)
		if !strings.HasPrefix(kind, "aws:") && kind != "eks:index:Cluster" {
			continue
		}
		if tags, _ := bare(registered.Inputs.Get("tags")).(map[string]any); tags["team"] != "platform" {
			missing = append(missing, kind)
		}
	}
	slices.Sort(missing)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(untagged)), slices.Compact(missing)); diff != "" {
		t.Errorf("types without the user's tags, which must be those that cannot carry any (-want +got):\n%s", diff)
	}
	for kind := range untagged {
		if catalog.Resources()[kind].TakesTags() {
			t.Errorf("%s can carry tags", kind)
		}
	}
	template := recorded.named(t, "LaunchTemplate", "prod-system")
	want := []any{}
	for _, kind := range []string{"instance", "volume", "network-interface"} {
		want = append(want, map[string]any{
			"resourceType": kind, "tags": map[string]any{"Name": "prod-system", "team": "platform"},
		})
	}
	if diff := cmp.Diff(want, bare(template.Get("tagSpecifications"))); diff != "" {
		t.Errorf("tags of what a node consists of (-want +got):\n%s", diff)
	}
}

// TestOrderOfAddons proves who depends on whom. Add-ons that run on nodes come after them (TestOnceMade), and need not
// go before them.
func TestOrderOfAddons(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{"addons": map[string]any{"metrics-server": map[string]any{}}}
	maps.Copy(inputs, programs["identities by the issuer"])
	recorded, _, err := construct(t, "GitOpsCluster", "prod", withFlux(t, inputs))
	if err != nil {
		t.Fatal(err)
	}
	const group, identity, role = "NodeGroup::prod-default", "PodIdentityAssociation::prod-ebs-csi", "Role::prod-app"
	for name, want := range map[string]map[string]bool{
		"Addon::prod-vpc-cni":            {group: false, identity: false},
		"Addon::prod-kube-proxy":         {group: false, identity: false},
		"Addon::prod-coredns":            {group: false, identity: false, role: false},
		"Addon::prod-aws-ebs-csi-driver": {group: false, identity: true},
		"Addon::prod-metrics-server":     {group: false, identity: true, role: true},
		group: {
			"Addon::prod-vpc-cni": true, "Addon::prod-kube-proxy": true, "Addon::prod-eks-pod-identity-agent": true,
			identity: false, role: false,
		},
		"FluxInstall::prod": {group: true, "Addon::prod-coredns": true, identity: true, role: true},
		identity:            {group: false, "RolePolicyAttachmentsExclusive::prod-ebs-csi": true},
	} {
		for other, waits := range want {
			if got := recorded.waits(t, name, other); got != waits {
				t.Errorf("%s waits for %s: got %t, want %t", name, other, got, waits)
			}
		}
	}
}

// waits returns whether a resource depends on another; both are given as the end of their URNs.
func (r *recording) waits(t *testing.T, name, other string) bool {
	t.Helper()
	i := slices.IndexFunc(r.resources, func(registered integration.MockResourceArgs) bool {
		return strings.HasSuffix(string(registered.TypeToken)+"::"+registered.Name, ":"+name)
	})
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	return slices.ContainsFunc(r.resources[i].RegisterRPC.GetDependencies(), func(urn string) bool {
		return strings.HasSuffix(urn, ":"+other)
	})
}

// TestRefusedNodesAndIdentities gives wrong inputs the way a user would, through the guard.
func TestRefusedNodesAndIdentities(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		inputs map[string]any
		want   []string
	}{
		"what does not exist": {
			inputs: map[string]any{
				"nodeGroups": map[string]any{"a": map[string]any{
					"capacityType": "CHEAP", "amiType": "AL2_x86_64",
					"taints": []any{map[string]any{"key": "x", "effect": "NoSchedule"}},
				}},
				"addons":             map[string]any{"coredns": map[string]any{"resolveConflicts": "MERGE"}},
				"workloadIdentities": map[string]any{"a": map[string]any{"preset": "Karpenter", "mode": "IRSA"}},
			},
			want: []string{
				`addons["coredns"].resolveConflicts: must be one of NONE, OVERWRITE, PRESERVE; got "MERGE"`,
				`nodeGroups["a"].amiType: must be one of AL2023_x86_64_STANDARD, AL2023_ARM_64_STANDARD, AL2023_x86_64_NVIDIA, ` +
					"AL2023_ARM_64_NVIDIA, AL2023_x86_64_NEURON, BOTTLEROCKET_x86_64, BOTTLEROCKET_ARM_64, " +
					"BOTTLEROCKET_x86_64_NVIDIA, BOTTLEROCKET_ARM_64_NVIDIA, BOTTLEROCKET_x86_64_FIPS, " +
					`BOTTLEROCKET_ARM_64_FIPS; got "AL2_x86_64"`,
				`nodeGroups["a"].capacityType: must be one of ON_DEMAND, SPOT; got "CHEAP"`,
				`nodeGroups["a"].taints[0].effect: must be one of NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE; got "NoSchedule"`,
				`workloadIdentities["a"].mode: must be one of PodIdentity, Irsa; got "IRSA"`,
				`workloadIdentities["a"].preset: must be one of AwsLoadBalancerController, ExternalDns, ExternalSecrets, ` +
					`CertManager, ClusterAutoscaler, FluxDecryption, FluxRegistry; got "Karpenter"`,
			},
		},
		"outputs where none can be": {
			inputs: map[string]any{
				"nodeGroups":         map[string]any{"a": map[string]any{"instanceTypes": unknown, "taints": unknown}},
				"workloadIdentities": map[string]any{"a": map[string]any{"preset": "ExternalDns", "namespace": unknown}},
			},
			want: []string{
				`nodeGroups["a"].instanceTypes: ` + notPlain, `nodeGroups["a"].taints: ` + notPlain,
				`workloadIdentities["a"].namespace: ` + notPlain,
			},
		},
		"an agent that is needed": {
			inputs: map[string]any{
				"addons": map[string]any{
					"eks-pod-identity-agent": map[string]any{"enabled": false}, "aws-ebs-csi-driver": map[string]any{"enabled": false},
				},
				"workloadIdentities": map[string]any{"dns": map[string]any{"preset": "ExternalDns"}},
			},
			want: []string{`addons["eks-pod-identity-agent"].enabled: must be true, for workloadIdentities["dns"] gets its ` +
				"rights from it; use the mode Irsa there, or switch that off too"},
		},
		"labels and policies that are known": {
			inputs: map[string]any{
				"nodeGroups":         map[string]any{"a": map[string]any{"labels": map[string]any{"k8s.io/x": "y"}}},
				"workloadIdentities": map[string]any{"a": map[string]any{"preset": "ExternalDns", "policy": "{}"}},
			},
			want: []string{
				`nodeGroups["a"].labels["k8s.io/x"]: must not have a key in the domain k8s.io, which EKS keeps for itself; use ` +
					"a domain of your own, such as acme.com/role",
				`workloadIdentities["a"].policy: must have the Version "2012-10-17"; got ""`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := map[string]property.Value{}
			for key, value := range test.inputs {
				inputs[key] = plain(value)
			}
			if diff := cmp.Diff(test.want, refusal(t, "GitOpsCluster", inputs)); diff != "" {
				t.Errorf("property errors (-want +got):\n%s", diff)
			}
		})
	}
}

const notPlain = "must be known while the program runs, because it decides which resources exist; it was given an " +
	"output of another resource. Give a literal or a configuration value instead"

// TestChartValues proves that the chart of the load balancer controller finds its values, unless the user gives them.
func TestChartValues(t *testing.T) {
	t.Parallel()
	const secret = "aws-load-balancer-controller-values"
	flux := func(more map[string]property.Value) property.Value {
		more["artifact"] = artifact(t)
		return object(more)
	}
	own := plain(map[string]any{secret: map[string]any{"mine": "x"}})
	for name, test := range map[string]struct {
		flux property.Value
		data any
	}{
		// It has the id of the VPC, which a preview does not know.
		"ours":       {flux(map[string]property.Value{}), "unknown"},
		"the user's": {flux(map[string]property.Value{"secrets": own}), map[string]any{"mine": "eA=="}},
	} {
		recorded, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
			"flux":               test.flux,
			"workloadIdentities": plain(map[string]any{"ingress": map[string]any{"preset": "AwsLoadBalancerController"}}),
		})
		if err != nil {
			t.Fatal(err)
		}
		data := bare(recorded.named(t, "Secret", "prod-"+secret).Get("data"))
		if diff := cmp.Diff(test.data, data); diff != "" {
			t.Errorf("what %s holds (-want +got):\n%s", name, diff)
		}
	}
}
