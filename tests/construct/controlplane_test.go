package construct

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// list makes a property value of a list of texts.
func list(elements ...string) property.Value {
	values := make([]property.Value, 0, len(elements))
	for _, element := range elements {
		values = append(values, property.New(element))
	}
	return property.New(property.NewArray(values))
}

// controlPlane has every input of the control plane, access and kubeconfig.
func controlPlane() map[string]property.Value {
	return map[string]property.Value{
		"endpoint": object(map[string]property.Value{
			"publicAccess": property.New(true), "privateAccess": property.New(true),
			"publicAccessCidrs": list("203.0.113.0/24"),
		}),
		"logging": object(map[string]property.Value{
			"types": list("scheduler", "audit"), "retentionInDays": property.New(365.0),
		}),
		"encryption":      object(map[string]property.Value{"enabled": property.New(true)}),
		"upgradePolicy":   property.New("EXTENDED"),
		"serviceIpv4Cidr": property.New("172.20.0.0/16"),
		"iam": object(map[string]property.Value{
			"permissionsBoundary": property.New("arn:aws:iam::123456789012:policy/boundary"),
			"path":                property.New("/platform/"),
		}),
		"access": object(map[string]property.Value{"entries": object(map[string]property.Value{
			"ops": object(map[string]property.Value{
				"principalArn": property.New("arn:aws:iam::123456789012:role/ops"), "policy": property.New("ClusterAdmin"),
			}),
		})}),
		"kubeconfigSettings": object(map[string]property.Value{
			"roleArn":     property.New("arn:aws:iam::123456789012:role/deployer"),
			"profileName": property.New("platform"), "proxyUrl": property.New("http://proxy.example.com:3128"),
		}),
	}
}

// entries are three ways to let somebody in.
func entries() property.Value {
	return object(map[string]property.Value{"entries": object(map[string]property.Value{
		"creator": object(map[string]property.Value{
			"principalArn": property.New("arn:aws:iam::123456789012:role/platform"), "policy": property.New("ClusterAdmin"),
		}),
		"payments": object(map[string]property.Value{
			"principalArn": property.New(property.Computed), "policy": property.New("Edit"),
			"namespaces": list("payments", "payments-*"),
		}),
		"auditors": object(map[string]property.Value{
			"principalArn":     property.New("arn:aws:iam::123456789012:role/audit"),
			"kubernetesGroups": list("auditors"),
		}),
	})})
}

func TestControlPlaneTree(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]property.Value{
		"control plane with everything": controlPlane(),
		"no encryption, no logs": {
			"encryption": object(map[string]property.Value{"enabled": property.New(false)}),
			"logging":    object(map[string]property.Value{"types": list()}),
		},
		"given key": {"encryption": object(map[string]property.Value{
			"kmsKeyArn": property.New("arn:aws:kms:us-west-2:123456789012:key/1234abcd"),
		})},
		"three access entries": {"access": entries()},
	}
	flux := object(map[string]property.Value{"artifact": artifact(t)})
	for name, inputs := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs["flux"] = flux
			recorded, _, err := construct(t, "GitOpsCluster", "prod", inputs)
			if err != nil {
				t.Fatal(err)
			}
			goldenTree(t, name, recorded)
		})
	}
}

// registered finds the only resource of a type and name.
func (r *recording) registered(t *testing.T, token, name string) property.Map {
	t.Helper()
	var found []property.Map
	for _, args := range r.resources {
		if string(args.TypeToken) == token && args.Name == name {
			found = append(found, args.Inputs)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s %s was registered %d times, want once", token, name, len(found))
	}
	return found[0]
}

// TestControlPlaneInputs proves that every input arrives where it belongs.
func TestControlPlaneInputs(t *testing.T) {
	t.Parallel()
	inputs := controlPlane()
	inputs["flux"] = object(map[string]property.Value{"artifact": artifact(t)})
	inputs["tags"] = object(map[string]property.Value{"team": property.New("platform")})
	recorded, _, err := construct(t, "GitOpsCluster", "prod", inputs)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		token, name, property string
		want                  property.Value
	}{
		{"eks:index:Cluster", "prod", "enabledClusterLogTypes", list("audit", "scheduler")},
		{"eks:index:Cluster", "prod", "kubernetesServiceIpAddressRange", property.New("172.20.0.0/16")},
		{"eks:index:Cluster", "prod", "publicAccessCidrs", list("203.0.113.0/24")},
		{"aws:cloudwatch/logGroup:LogGroup", "prod", "name", property.New("/aws/eks/prod-dev/cluster")},
		{"aws:cloudwatch/logGroup:LogGroup", "prod", "retentionInDays", property.New(365.0)},
		{"aws:kms/key:Key", "prod", "enableKeyRotation", property.New(true)},
		{"aws:kms/key:Key", "prod", "deletionWindowInDays", property.New(30.0)},
		{"aws:kms/alias:Alias", "prod", "namePrefix", property.New("alias/eks/prod-dev-")},
		{"aws:iam/role:Role", "prod-cluster", "path", property.New("/platform/")},
		{
			"aws:iam/role:Role", "prod-cluster", "permissionsBoundary",
			property.New("arn:aws:iam::123456789012:policy/boundary"),
		},
		{"aws:iam/role:Role", "prod-node", "path", property.New("/platform/")},
		{
			"aws:eks/accessEntry:AccessEntry", "prod-kubeconfig", "principalArn",
			property.New("arn:aws:iam::123456789012:role/deployer"),
		},
		{
			"aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "prod-ops", "policyArn",
			property.New("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"),
		},
	}
	for _, test := range tests {
		if got := recorded.registered(t, test.token, test.name).Get(test.property); !got.Equals(test.want) {
			t.Errorf("%s %s has %s: got %v, want %v", test.token, test.name, test.property, got, test.want)
		}
	}
	tagged := object(map[string]property.Value{"team": property.New("platform")})
	for _, of := range []struct{ token, name string }{
		{"aws:cloudwatch/logGroup:LogGroup", "prod"}, {"aws:kms/key:Key", "prod"},
		{"aws:eks/accessEntry:AccessEntry", "prod-ops"}, {"aws:eks/accessEntry:AccessEntry", "prod-kubeconfig"},
		{"aws:iam/role:Role", "prod-cluster"}, {"aws:iam/role:Role", "prod-node"},
	} {
		if got := recorded.registered(t, of.token, of.name).Get("tags"); !got.Equals(tagged) {
			t.Errorf("%s %s has the tags %v", of.token, of.name, got)
		}
	}
}

// TestAccessScopes proves who may do what where.
func TestAccessScopes(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
		"flux": object(map[string]property.Value{"artifact": artifact(t)}), "access": entries(),
	})
	if err != nil {
		t.Fatal(err)
	}
	const token = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	for name, want := range map[string]property.Value{
		"prod-creator": object(map[string]property.Value{"type": property.New("cluster")}),
		"prod-payments": object(map[string]property.Value{
			"type": property.New("namespace"), "namespaces": list("payments", "payments-*"),
		}),
	} {
		if got := recorded.registered(t, token, name).Get("accessScope"); !got.Equals(want) {
			t.Errorf("scope of %s: got %v, want %v", name, got, want)
		}
	}
	auditors := recorded.registered(t, "aws:eks/accessEntry:AccessEntry", "prod-auditors")
	if got := auditors.Get("kubernetesGroups"); !got.Equals(list("auditors")) {
		t.Errorf("groups of the auditors: got %v", got)
	}
}

// TestUnknownControlPlane previews with every input that may be an output unknown.
func TestUnknownControlPlane(t *testing.T) {
	t.Parallel()
	// As the engine sends it: with what it depends on. Without, the SDK takes every unknown for a string.
	unknown := property.New(property.Computed).WithDependencies([]urn.URN{"urn:pulumi:dev::project::pkg:index:Other::o"})
	_, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
		"flux":     object(map[string]property.Value{"artifact": artifact(t)}),
		"version":  unknown,
		"tags":     unknown,
		"endpoint": object(map[string]property.Value{"publicAccessCidrs": unknown}),
		"logging":  object(map[string]property.Value{"retentionInDays": unknown}),
		"encryption": object(map[string]property.Value{
			"kmsKeyArn": unknown,
		}),
		"iam": object(map[string]property.Value{"permissionsBoundary": unknown, "path": unknown}),
		"access": object(map[string]property.Value{"entries": object(map[string]property.Value{
			"ops": object(map[string]property.Value{
				"principalArn": unknown, "policy": property.New("View"), "kubernetesGroups": unknown,
			}),
		})}),
		"kubeconfigSettings": object(map[string]property.Value{
			"roleArn": unknown, "profileName": unknown, "proxyUrl": unknown,
		}),
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRefusedControlPlane proves which path each rule is reported at; the rules have their own tests beside the code.
func TestRefusedControlPlane(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
		"endpoint": object(map[string]property.Value{"publicAccessCidrs": list("10.0.0.0/8")}),
		"logging": object(map[string]property.Value{
			"types": list("audits"), "retentionInDays": property.New(8.0),
		}),
		"encryption":      object(map[string]property.Value{"kmsKeyArn": property.New("mine")}),
		"upgradePolicy":   property.New("Standard"),
		"serviceIpv4Cidr": property.New("10.0.0.0/20"),
		"iam":             object(map[string]property.Value{"path": property.New("platform")}),
		"access": object(map[string]property.Value{"entries": object(map[string]property.Value{
			"ops": object(map[string]property.Value{
				"principalArn": property.New("arn:aws:sts::123456789012:assumed-role/ops/ann"), "policy": property.New("Root"),
			}),
			"dev": object(map[string]property.Value{"policy": property.New("View")}),
		})}),
		"kubeconfigSettings": object(map[string]property.Value{"proxyUrl": property.New("proxy")}),
	})
	want := []string{
		`access.entries["dev"].principalArn: is required`,
		`access.entries["ops"].policy: must be one of ClusterAdmin, Admin, AdminView, Edit, View; got "Root"`,
		`access.entries["ops"].principalArn: must be the ARN of an IAM role or user, and not of a session; got ` +
			`"arn:aws:sts::123456789012:assumed-role/ops/ann", give the session's role, ` +
			`arn:aws:iam::123456789012:role/ops, with its path if it has one`,
		`encryption.kmsKeyArn: must be the ARN of a KMS key, not of an alias, such as ` +
			`arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab; got "mine"`,
		`endpoint.publicAccessCidrs[0]: must be a public range, because EKS refuses private ones here; got "10.0.0.0/8", ` +
			`set privateAccess to true for callers inside the VPC`,
		`iam.path: must begin and end with a slash, such as /platform/, and have at most 512 characters; got "platform"`,
		"kubeconfigSettings.proxyUrl: must be a URL with the scheme http, https or socks5 and a host, such as " +
			"http://proxy.example.com:3128",
		"logging.retentionInDays: must be a number of days that CloudWatch knows, one of 0, 1, 3, 5, 7, 14, 30, 60, 90, " +
			"120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, where 0 is for ever; got 8",
		`logging.types[0]: must be one of api, audit, authenticator, controllerManager, scheduler; got "audits"`,
		`serviceIpv4Cidr: must not overlap the VPC, or pods could not reach what has an address in both; got ` +
			`"10.0.0.0/20", the VPC has 10.0.0.0/16, use for example 172.20.0.0/16`,
		`upgradePolicy: must be one of STANDARD, EXTENDED; got "Standard"`,
	}
	if diff := cmp.Diff(want, propertyErrors(t, err)); diff != "" {
		t.Errorf("property errors (-want +got):\n%s", diff)
	}
	if tree := recorded.tree(); tree != "\n" {
		t.Errorf("something was registered:\n%s", tree)
	}
}

// TestSecondEntryOfTheCreator gives the identity that runs Pulumi an entry of another name: that is refused in the
// preview, and not by EKS when the cluster stands.
func TestSecondEntryOfTheCreator(t *testing.T) {
	t.Parallel()
	_, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
		"flux": object(map[string]property.Value{"artifact": artifact(t)}),
		"access": object(map[string]property.Value{"entries": object(map[string]property.Value{
			"me": object(map[string]property.Value{
				"principalArn": property.New("arn:aws:iam::123456789012:user/admin"), "policy": property.New("View"),
			}),
		})}),
	})
	const want = `access.entries["me"].principalArn must not be the identity that created the cluster, for it has the ` +
		`entry creator already and EKS takes one entry for each identity; got ` +
		`"arn:aws:iam::123456789012:user/admin", call your entry creator and it takes the place of that one`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error lacks %q:\n%v", want, err)
	}
}
